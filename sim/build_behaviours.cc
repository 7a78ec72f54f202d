// Behaviours and call trees of a Model.
#include "sim/build_parts.h"

namespace squall::sim {

void Builder::add_behaviours() {
  std::vector<const scenarios::Workload*> declared(model_->workloads.size(), nullptr);
  for (const scenarios::Workload& workload : scenario_.workloads)
    declared[workload_of(workload.ref)] = &workload;
  for (std::uint32_t i = 0; i < declared.size(); ++i) {
    const scenarios::Workload* from = declared[i];
    WorkloadModel& row = model_->workloads[i];
    row.described = from != nullptr;
    if (from != nullptr) {
      row.concurrency = from->concurrency;
      row.queue = from->queue;
      row.cancelled = from->cancelled;
      row.honours_deadlines = from->honours_deadlines;
      model_->carries |= from->honours_deadlines || from->cancelled == scenarios::Cancelled::kStop;
      row.cpu = from->cpu;
      row.handshake = from->handshake;
      row.contention = from->contention;
      row.rate_limit = from->rate_limit;
      row.sidecar_workers = from->sidecar_workers;
      for (const scenarios::Operation& operation : from->operations)
        row.matches.push_back(operation.match);
    }
    std::vector<std::uint32_t> behaviours;
    if (from != nullptr) {
      for (const scenarios::Operation& operation : from->operations) {
        behaviours.push_back(add_behaviour(operation.behaviour, operation.name, i));
      }
    }
    // Steps stay where the scenario has them: clients of calls are pointed to.
    static const scenarios::Behaviour nothing;
    behaviours.push_back(add_behaviour(from != nullptr ? from->behaviour : nothing, "", i));
    if (from != nullptr && from->start) {
      const std::uint32_t start = add_behaviour(nothing, "start", i);
      add_program(start, from->start->calls, i);
      model_->workloads[i].start = &*from->start;
      model_->workloads[i].start_behaviour = start;
    }
    model_->workloads[i].first_behaviour = behaviours.front();
    model_->workloads[i].behaviours = static_cast<std::uint32_t>(behaviours.size());
  }
}

std::uint32_t Builder::add_behaviour(const scenarios::Behaviour& from, std::string operation,
                                     std::uint32_t workload) {
  const auto index = static_cast<std::uint32_t>(model_->behaviours.size());
  BehaviourModel& row = model_->behaviours.emplace_back();
  row.operation = std::move(operation);
  row.latency = from.latency;
  row.errors = from.errors;
  row.first_sequence = model_->workloads[workload].sequences;
  for (const scenarios::ErrorSpec& error : from.errors) {
    model_->workloads[workload].sequences += error.sequence.empty() ? 0U : 1U;
    row.quick_errors = row.quick_errors || error.latency.has_value();
  }
  add_program(index, from.calls, workload);
  return index;
}

void Builder::add_program(std::uint32_t behaviour, const std::vector<scenarios::Step>& steps,
                          std::uint32_t workload) {
  const auto first = static_cast<std::uint32_t>(model_->steps.size());
  add_steps(steps, workload, first);
  model_->behaviours[behaviour].first_step = first;
  model_->behaviours[behaviour].steps = next_step(first);
}

/// Its number within the behaviour.
std::uint32_t Builder::next_step(std::uint32_t first) const {
  return static_cast<std::uint32_t>(model_->steps.size()) - first;
}

void Builder::add_steps(const std::vector<scenarios::Step>& steps, std::uint32_t workload,
                        std::uint32_t first) {
  using Kind = StepModel::Kind;
  constexpr std::uint64_t kFirstKey = 2;  // of draws of work: those before are of the usual
  for (const scenarios::Step& step : steps) {
    switch (step.kind) {
      case scenarios::Step::Kind::kWork:
        model_->steps.push_back(
            {.kind = Kind::kWork, .work = step.work, .key = kFirstKey + next_step(first)});
        break;
      case scenarios::Step::Kind::kChoose:
        add_choose(step, workload, first);
        break;
      case scenarios::Step::Kind::kCache:
        add_cache(step, workload, first);
        break;
      default:
        add_calls(step, workload, next_step(first));
    }
  }
}

/// What it has leads past the steps that would fill it.
void Builder::add_cache(const scenarios::Step& step, std::uint32_t workload, std::uint32_t first) {
  std::vector<scenarios::CacheSpec>& caches = model_->workloads[workload].caches;
  const auto number = static_cast<std::uint32_t>(caches.size());
  caches.push_back(step.cache);
  const std::size_t own = model_->steps.size(), first_call = model_->calls.size();
  model_->steps.push_back({.kind = StepModel::Kind::kCache, .cache = number});
  add_steps(step.steps, workload, first);
  model_->steps.push_back({.kind = StepModel::Kind::kFill, .cache = number});
  model_->steps[own].to = next_step(first);
  const std::uint32_t at = static_cast<std::uint32_t>(own) - first;
  for (std::size_t i = first_call; i < model_->calls.size(); ++i) {
    std::uint32_t& innermost = model_->calls[i].cache;
    if (innermost == kNone) innermost = at;
  }
  for (std::size_t i = own + 1; i < model_->steps.size(); ++i) {
    StepModel& inner = model_->steps[i];
    if (inner.kind == StepModel::Kind::kCache && inner.around == kNone) inner.around = at;
  }
}

/// The branches one after the other, each with a jump behind the last.
void Builder::add_choose(const scenarios::Step& choose, std::uint32_t workload,
                         std::uint32_t first) {
  using Kind = StepModel::Kind;
  const std::size_t own = model_->steps.size();
  model_->steps.push_back(
      {.kind = Kind::kChoose, .key = next_step(first), .by_key = choose.by_key});
  double all = 0, sum = 0;
  for (const scenarios::Step& branch : choose.steps) all += branch.weight;
  std::vector<BranchModel> branches;
  std::vector<std::size_t> jumps;
  for (const scenarios::Step& branch : choose.steps) {
    sum += branch.weight;
    branches.push_back({.below = sum / all, .step = next_step(first)});
    add_steps(branch.steps, workload, first);
    jumps.push_back(model_->steps.size());
    model_->steps.push_back({.kind = Kind::kJump});
  }
  for (const std::size_t jump : jumps) model_->steps[jump].to = next_step(first);
  model_->steps[own].first_branch = static_cast<std::uint32_t>(model_->branches.size());
  model_->steps[own].branches = static_cast<std::uint32_t>(branches.size());
  model_->branches.insert(model_->branches.end(), branches.begin(), branches.end());
}

void Builder::add_calls(const scenarios::Step& step, std::uint32_t workload, std::uint32_t number) {
  const auto first = static_cast<std::uint32_t>(model_->calls.size());
  const bool parallel = step.kind == scenarios::Step::Kind::kParallel;
  if (parallel) {
    for (const scenarios::Step& call : step.steps) add_call(call, workload);
  } else {
    add_call(step, workload);
  }
  for (std::size_t i = first; i < model_->calls.size(); ++i) model_->calls[i].step = number;
  model_->steps.push_back({.kind = parallel ? StepModel::Kind::kParallel : StepModel::Kind::kCall,
                           .first_call = first,
                           .calls = static_cast<std::uint32_t>(model_->calls.size()) - first,
                           .await = step.await});
}

void Builder::add_caller(std::uint32_t workload, const CallSite& site, const scenarios::Url& url) {
  Caller& caller = callers_[workload];
  if (site.service != kNone) caller.hosts.insert(model_->services[site.service].host);
  caller.calls.insert({.host = url.host, .port = url.port});
}

/// The n-th call to the same URL by one workload has draws of its own.
void Builder::add_call(const scenarios::Step& call, std::uint32_t workload) {
  const std::string& name = model_->workloads[workload].name;
  CallModel row;
  row.site = site_of(call.to, call.method, call.headers,
                     service_of(call.to, name.substr(name.rfind('.') + 1)));
  add_caller(workload, row.site, call.to);
  row.probability = call.probability;
  row.times = call.times;
  row.on_error = call.on_error;
  row.detach = call.detach;
  row.site.key = mix(row.site.key, same_calls_[{workload, call.to.text}]++);
  row.site.unrouted_edge = unrouted_edge(model_->workloads[workload].name, row.site);
  row.site.body = call.body;
  row.site.client = client_of(call.client, {.service = row.site.service, .workload = workload});
  lead_to_waypoint(workload, row.site);
  model_->calls.push_back(row);
}

/// Of one destination and the same settings there is one.
std::uint32_t Builder::client_of(const std::optional<scenarios::Client>& settings,
                                 ClientModel wanted) {
  if (!settings) return kNone;
  wanted.settings = &*settings;
  for (std::uint32_t i = 0; i < model_->clients.size(); ++i) {
    const ClientModel& known = model_->clients[i];
    if (known.service == wanted.service && known.workload == wanted.workload &&
        known.load == wanted.load && *known.settings == *settings)
      return i;
  }
  model_->clients.push_back(wanted);
  return static_cast<std::uint32_t>(model_->clients.size() - 1);
}

}  // namespace squall::sim
