#include "sim/graph/mesh_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/graph/graph_builder.h"
#include "sim/operations.h"
#include "sim/rate.h"

namespace squall::sim {
namespace {

/// On average, of all requests; errors may have a latency of their own.
double mean_work_s(const BehaviourModel& behaviour) {
  const double usual = behaviour.latency ? behaviour.latency->mean_s() : 0;
  double work = usual;
  for (const scenarios::ErrorSpec& error : behaviour.errors) {
    if (error.latency) work += error.ratio * (error.latency->mean_s() - usual);
  }
  return work;
}

/// The share of the requests that come to each step, and to the end.
std::vector<double> shares_of_steps(const Model& model, const BehaviourModel& behaviour) {
  std::vector<double> shares(behaviour.steps + 1, 0);
  shares[0] = 1;
  for (std::uint32_t s = 0; s < behaviour.steps; ++s) {
    const StepModel& step = model.steps[behaviour.first_step + s];
    switch (step.kind) {
      case StepModel::Kind::kChoose:
        for (std::uint32_t b = step.first_branch; b < step.first_branch + step.branches; ++b) {
          const double before = b > step.first_branch ? model.branches[b - 1].below : 0;
          shares[model.branches[b].step] += shares[s] * (model.branches[b].below - before);
        }
        break;
      case StepModel::Kind::kJump:
        shares[step.to] += shares[s];
        break;
      default:
        shares[s + 1] += shares[s];
    }
  }
  return shares;
}

/// Of the load's requests: by the weights of its mix, where its trace does not say.
std::vector<double> shares_of_operations(const Model& model, const LoadModel& load) {
  std::vector<double> shares;
  double before = 0;
  for (const LoadOperationModel& one : model.operations_of(load)) {
    shares.push_back(one.below - before);
    before = one.below;
  }
  const std::vector<scenarios::Arrival>& trace = load.load->trace;
  if (trace.empty()) return shares;
  std::vector<double> given(shares.size());
  double drawn = static_cast<double>(trace.size());
  for (const scenarios::Arrival& one : trace) {
    if (one.operation == kNone) continue;
    ++given[one.operation];
    --drawn;
  }
  for (std::size_t i = 0; i < shares.size(); ++i)
    shares[i] = (given[i] + drawn * shares[i]) / static_cast<double>(trace.size());
  return shares;
}

double arrivals_between(const std::vector<scenarios::Arrival>& trace, Duration from, Duration to) {
  const auto first = std::ranges::lower_bound(trace, from, {}, &scenarios::Arrival::at);
  const auto last = std::ranges::lower_bound(trace, to, {}, &scenarios::Arrival::at);
  return static_cast<double>(last - first);
}

}  // namespace

MeshGraph to_topology(const Model& model) { return GraphBuilder(model).build(); }

MeshGraph GraphBuilder::build() {
  add_kinds();
  add_workloads();
  add_loads();
  // Calls may ask for operations that nobody has asked for before.
  for (std::uint32_t i = 0; i < out_.graph.operations.size(); ++i) add_steps(i);
  return std::move(out_);
}

void GraphBuilder::assume(std::string what) {
  if (std::ranges::find(out_.assumptions, what) == out_.assumptions.end())
    out_.assumptions.push_back(std::move(what));
}

/// All that applications answer, so that ways can say what is retried.
void GraphBuilder::add_kinds() {
  kind_of(KindKey{});
  out_.graph.kinds[0].name = "success";
  out_.graph.down = kind_of({.status = 503});
  kind_of({.status = 500});
  kind_of({.status = 200, .grpc = 13});
  for (const BehaviourModel& behaviour : model_.behaviours) {
    errors_of(behaviour);
  }
  for (const CallModel& call : model_.calls) {
    if (call.on_error.kind == scenarios::OnError::Kind::kAnswer)
      kind_of({.status = call.on_error.status, .grpc = call.on_error.grpc.value_or(-1)});
  }
}

std::uint32_t GraphBuilder::kind_of(const KindKey& key) {
  const auto known = std::ranges::find(kinds_, key);
  if (known != kinds_.end()) return static_cast<std::uint32_t>(known - kinds_.begin());
  kinds_.push_back(key);
  out_.graph.kinds.push_back(
      {.name = key.grpc >= 0 ? fmt::format("grpc-status {}", key.grpc) : std::to_string(key.status),
       .failure = key.status == 0 || key.status >= 500 || key.grpc > 0});
  return static_cast<std::uint32_t>(kinds_.size() - 1);
}

/// Sequences come first, each answer as often as it stands there.
std::vector<topology::Share> GraphBuilder::errors_of(const BehaviourModel& behaviour) {
  std::vector<topology::Share> all;
  double passed = 1;
  for (const scenarios::ErrorSpec& error : behaviour.errors) {
    const double each =
        passed / static_cast<double>(std::max<std::size_t>(error.sequence.size(), 1));
    for (const int status : error.sequence) {
      if (status == 200) continue;
      all.push_back({.kind = kind_of({.status = status}), .share = each});
      passed -= each;
    }
  }
  for (const scenarios::ErrorSpec& error : behaviour.errors) {
    if (!error.sequence.empty()) continue;
    const bool in_trailers = error.grpc && error.in == scenarios::ErrorSpec::In::kTrailers;
    all.push_back(
        {.kind = kind_of(
             {.status = error.status, .grpc = error.grpc.value_or(-1), .in_trailers = in_trailers}),
         .share = passed * error.ratio});
  }
  return all;
}

void GraphBuilder::add_workloads() {
  for (std::uint32_t i = 0; i < model_.workloads.size(); ++i) {
    const WorkloadModel& from = model_.workloads[i];
    out_.graph.workloads.push_back(
        {.name = from.name,
         .replicas = from.members,
         .slots = static_cast<std::uint32_t>(from.concurrency.value_or(0)),
         .cores = from.cpu ? static_cast<std::uint32_t>(from.cpu->cores) : 0});
    for (std::uint32_t b = from.behaviours; b-- > 0;)  // what it usually does first
      operation(i, from.first_behaviour + b, false);
  }
}

std::uint32_t GraphBuilder::operation(std::uint32_t workload, std::uint32_t behaviour, bool grpc) {
  const auto [known, fresh] = operations_.try_emplace(
      {workload, behaviour, grpc}, static_cast<std::uint32_t>(out_.graph.operations.size()));
  if (!fresh) return known->second;
  const BehaviourModel& from = model_.behaviours[behaviour];
  topology::Operation& row = out_.graph.operations.emplace_back();
  row.workload = workload;
  row.name = from.operation;
  row.work_s = mean_work_s(from) / model_.workloads[workload].cpu_speed;
  if (!std::isfinite(row.work_s)) {
    row.work_s = 0;
    assume(fmt::format("the own work of {} has no mean: it counts as none",
                       model_.workloads[workload].name));
  }
  row.errors = errors_of(from);
  behaviours_.emplace_back(behaviour, grpc);
  return known->second;
}

std::uint32_t GraphBuilder::operation_at(std::uint32_t pod, std::uint16_t port,
                                         std::uint32_t head) {
  const PodModel& at = model_.pods[pod];
  if (at.inbound != kNone) {
    const ConfigurationModel& rules =
        model_.configurations[model_.proxies[at.inbound].configuration];
    const std::uint32_t listener = rules.listener_of(port);
    if (listener != kNone) {
      const ReceivedHead received = heads_.receive(rules.receives[listener], head);
      if (received.reception == policies::Reception::kTaken) head = received.head;
    }
  }
  const WorkloadModel& workload = model_.workloads[at.workload];
  return operation(at.workload, operation_of(workload, heads_.own(head)),
                   policies::is_grpc(heads_.view(head)));
}

void GraphBuilder::add_steps(std::uint32_t index) {
  const auto [number, grpc] = behaviours_[index];
  const BehaviourModel& behaviour = model_.behaviours[number];
  const Sender sender = sender_of(out_.graph.operations[index].workload);
  const std::vector<double> shares = shares_of_steps(model_, behaviour);
  std::vector<topology::Step> steps;
  for (std::uint32_t s = 0; s < behaviour.steps; ++s) {
    const StepModel& from = model_.steps[behaviour.first_step + s];
    if (from.kind == StepModel::Kind::kWork)
      out_.graph.operations[index].work_s += shares[s] * from.work->mean_s();
    if (from.kind == StepModel::Kind::kCache) assume("caches have nothing: each look-up misses");
    if (from.calls == 0) continue;
    topology::Step& step = steps.emplace_back();
    step.parallel = from.kind == StepModel::Kind::kParallel;
    for (std::uint32_t c = 0; c < from.calls; ++c) {
      const CallModel& call = model_.calls[from.first_call + c];
      topology::Call& row = step.calls.emplace_back(call_of(call.site, sender));
      row.probability = call.probability * shares[s];
      row.times = static_cast<std::uint32_t>(call.times);
      row.ignores_errors = call.on_error.kind == scenarios::OnError::Kind::kIgnore || call.detach;
      row.answer =
          call.on_error.kind == scenarios::OnError::Kind::kAnswer
              ? kind_of({.status = call.on_error.status, .grpc = call.on_error.grpc.value_or(-1)})
          : grpc ? kind_of({.status = 200, .grpc = 13})
                 : kind_of({.status = 500});
    }
  }
  if (!std::isfinite(out_.graph.operations[index].work_s)) out_.graph.operations[index].work_s = 0;
  out_.graph.operations[index].steps = std::move(steps);
}

Sender GraphBuilder::sender_of(std::uint32_t workload) const {
  Sender sender{.workload = workload, .name = "outside"};
  if (workload == kNone) return sender;
  const WorkloadModel& model = model_.workloads[workload];
  sender.name = model.name;
  if (model.pods == 0) return sender;
  const std::uint32_t outbound = model_.pods[model.first_pod].outbound;
  if (outbound != kNone)
    sender.rules = &model_.configurations[model_.proxies[outbound].configuration];
  return sender;
}

std::uint32_t GraphBuilder::edge(const EdgeModel& ends, std::uint32_t from) {
  std::vector<topology::Edge>& edges = out_.graph.edges;
  const auto [known, fresh] =
      edges_.try_emplace({ends.source, ends.service, ends.subset, ends.destination},
                         static_cast<std::uint32_t>(edges.size()));
  if (!fresh) return known->second;
  topology::Edge& row = edges.emplace_back();
  row = {.source = ends.source,
         .service = ends.service,
         .subset = ends.subset,
         .destination = ends.destination,
         .from = from};
  const auto to = std::ranges::find(model_.workloads, ends.destination, &WorkloadModel::name);
  if (to != model_.workloads.end())
    row.to = static_cast<std::uint32_t>(to - model_.workloads.begin());
  return known->second;
}

/// The ways of all of its operations, by their shares.
topology::Call GraphBuilder::call_of(const LoadModel& load) {
  topology::Call call;
  const std::vector<double> shares = shares_of_operations(model_, load);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const CallSite& site = model_.operations_of(load)[i].site;
    topology::Call own = call_of(site, sender_of(load.source));
    const double share = shares[i];
    call.delay_s += share * own.delay_s;
    for (topology::Way& way : own.ways) {
      way.share *= share;
      call.ways.push_back(std::move(way));
    }
  }
  return call;
}

topology::Load GraphBuilder::load_of(const LoadModel& load) {
  topology::Load row;
  row.name = load.name;
  row.from = load.source;
  row.call = call_of(load);
  const scenarios::Load& from = *load.load;
  const double begin = to_seconds(model_.scenario->warmup),
               end = to_seconds(model_.scenario->duration);
  if (from.once) {
    row.per_s = from.users / end;
    assume(fmt::format("load {} comes once: {:.4g}/s is its mean over {:g} s", load.name, row.per_s,
                       end));
    return row;
  }
  if (from.kind == scenarios::Load::Kind::kClosed) {
    row.users = static_cast<std::uint32_t>(from.users);
    row.think_s = from.think ? from.think->mean_s() : 0;
    if (std::isfinite(row.think_s)) return row;
    row.think_s = 0;
    assume(fmt::format("the pauses of load {} have no mean: they count as none", load.name));
    return row;
  }
  if (from.kind == scenarios::Load::Kind::kTrace) {
    row.per_s = arrivals_between(from.trace, model_.scenario->warmup, model_.scenario->duration) /
                (end - begin);
    assume(fmt::format("load {} is a trace: {:.4g}/s is its mean from {:g} s to {:g} s", load.name,
                       row.per_s, begin, end));
    return row;
  }
  row.per_s = mean_rate(load.steps, begin, end);
  const bool varies = std::ranges::any_of(load.steps, [&](const scenarios::RateStep& step) {
    return to_seconds(step.at) > begin || step.ramp > Duration{};
  });
  if (varies)
    assume(fmt::format("load {} changes: {:.4g}/s is its mean from {:g} s to {:g} s", load.name,
                       row.per_s, begin, end));
  return row;
}

void GraphBuilder::add_loads() {
  for (const LoadModel& load : model_.loads) out_.graph.loads.push_back(load_of(load));
}

}  // namespace squall::sim
