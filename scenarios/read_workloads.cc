#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr int kMostTimes = 100'000;

/// Exactly one of status and grpc, which comes with status 200. True: it is grpc.
bool read_answer(Fields& f, int& status, std::optional<int>& grpc) {
  const std::optional<std::size_t> answer = f.exactly_one({"status", "grpc"});
  f.integer("status", status, {.least = 200, .most = 599});
  f.integer("grpc", grpc, {.least = 1, .most = 16});
  if (answer == 1U) status = 200;
  return answer == 1U;
}

OnError read_on_error(const Value& value) {
  OnError out;
  if (!value) return out;
  if (value.node().is_scalar() && value.node().text == "ignore") {
    out.kind = OnError::Kind::kIgnore;
    return out;
  }
  if (!value.node().is_mapping()) {
    value.expected("ignore, {status: 503} or {grpc: 14}");
    return out;
  }
  Fields f(value);
  read_answer(f, out.status, out.grpc);
  out.kind = OnError::Kind::kAnswer;
  f.finish();
  return out;
}

void read_call(Fields& f, Step& step) {
  read_request(f, step.to, step.method, step.headers);
  f.ratio("probability", step.probability);
  f.integer("times", step.times, {.least = 0, .most = kMostTimes});
  step.on_error = read_on_error(f["on_error"]);
  read_client(f, step.client);
  cannot(f, {"body"});
  bool detach = false;
  if (f.boolean("detach", detach) && detach) cannot(f, {"detach"});
}

void read_parallel(Fields& f, Step& step) {
  step.kind = Step::Kind::kParallel;
  read_steps(f["parallel"], step.steps, true);
  double await = 1;
  if (f.ratio("await", await) && await < 1) cannot(f, {"await"});
}

}  // namespace

void read_steps(const Value& value, std::vector<Step>& out, bool in_parallel) {
  if (!value.is_sequence()) return;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    const Value item = value.item(i);
    if (!item.is_mapping()) {
      if (!item) item.expected("a call or parallel calls");
      continue;
    }
    Fields f(item);
    Step step;
    step.place = item.node().place;
    if (f.has("parallel")) {
      if (in_parallel) item.error("parallel inside parallel", "put its calls into the outer list");
      read_parallel(f, step);
    } else if (f.has("work") || f.has("choose") || f.has("cache")) {
      cannot(f, {"work", "choose", "cache"});
      f.accept({"miss", "by"});
    } else {
      read_call(f, step);
    }
    f.accept({"parallel", "to"});
    f.hide({"work", "choose", "cache"});
    step.kind == Step::Kind::kParallel ? f.hide({"to"}) : f.hide({"parallel"});
    f.finish();
    out.push_back(std::move(step));
  }
}

namespace {

/// latency, errors, calls; what is absent stays as it was.
void read_behaviour(Fields& f, Behaviour& out) {
  if (f["latency"]) {
    if (std::optional<Distribution> latency = read_distribution(f["latency"]))
      out.latency = *std::move(latency);
  }
  if (f["errors"]) {
    out.errors.clear();
    read_errors(f["errors"], out.errors);
  }
  if (f["calls"]) {
    out.calls.clear();
    read_steps(f["calls"], out.calls, false);
  }
}

std::string name_of(const RequestMatch& match) {
  std::string name = match.method;
  if (match.path) name += (name.empty() ? "" : " ") + match.path->text;
  return name;
}

void read_operations(Fields& f, Workload& out) {
  f.objects("operations", [&](Fields& o) {
    Operation operation;
    o.require("match", "say for which requests, as in match: {path: {prefix: /x}}");
    if (std::optional<RequestMatch> match = read_match(o["match"]))
      operation.match = *std::move(match);
    operation.name = name_of(operation.match);
    if (operation.name.empty())
      operation.name = fmt::format("operation-{}", out.operations.size() + 1);
    o.text("name", operation.name);
    operation.behaviour = out.behaviour;
    read_behaviour(o, operation.behaviour);
    out.operations.push_back(std::move(operation));
  });
}

void read_queue(Fields& f, Workload& out) {
  Queue& queue = out.queue;
  f.integer("limit", queue.limit, {.least = 0, .most = 1'000'000'000});
  f.choice("order", queue.order,
           {{"fifo", Queue::Order::kFifo},
            {"lifo", Queue::Order::kLifo},
            {"adaptive_lifo", Queue::Order::kAdaptiveLifo}});
  f.choice("full", queue.drops, {{"reject", false}, {"drop", true}});
  Duration timeout{};
  if (f.duration("timeout", timeout, {.least = Duration(1), .most = kLongest}))
    queue.timeout = timeout;
  cannot(f, {"codel"});
}

void read_cancelled(const Value& value, Workload& out) {
  constexpr std::array<std::string_view, 3> kHow = {"finish", "skip", "stop"};
  const std::optional<std::size_t> how = value.one_of(kHow);
  out.skips_cancelled = how == 1U;
  if (how == 2U) cannot(value, "cancelled: stop", "write skip or finish");
}

/// How many replicas are where: that is their number, too.
void read_zones(Fields& f, Workload& out) {
  std::int64_t all = 0;
  f.map("zones", [&](const std::string& name, const Value& value) {
    const std::optional<std::int64_t> n = value.integer({.least = 0, .most = kMostReplicas});
    if (name.empty()) value.error("a zone without a name", "write REGION/ZONE");
    if (!n) return;
    out.zones.emplace_back(name, static_cast<int>(*n));
    all += *n;
  });
  if (out.zones.empty()) return;
  if (out.replicas && *out.replicas != all) {
    f["replicas"].error(fmt::format("the zones have {}", all),
                        "leave it out: the zones say how many there are");
  }
  out.replicas = static_cast<int>(std::min<std::int64_t>(all, kMostReplicas + 1));
}

void read_capacity(Fields& f, Workload& out) {
  f.integer("replicas", out.replicas, {.least = 0, .most = kMostReplicas});
  read_zones(f, out);
  f.integer("concurrency", out.concurrency, {.least = 1, .most = 1'000'000'000});
  f.object("queue", [&](Fields& q) { read_queue(q, out); });
  f.object("handshake", [&](Fields& h) {
    Handshake handshake;
    h.duration("cpu", handshake.cpu, kDurations);
    h.integer("limit", handshake.limit, {.least = 1, .most = 1'000'000'000});
    out.handshake = handshake;
  });
  f.object("cpu", [&](Fields& c) {
    Cpu cpu;
    c.require("cores");
    c.integer("cores", cpu.cores, {.least = 1, .most = 100'000});
    c.choice("sharing", cpu.sharing,
             {{"fifo", Cpu::Sharing::kFifo}, {"processor", Cpu::Sharing::kProcessor}});
    out.cpu = cpu;
  });
  const bool waits = out.concurrency || (out.cpu && out.cpu->sharing == Cpu::Sharing::kFifo);
  if (f["queue"] && !waits) {
    f["queue"].warning(
        "has no effect without concurrency",
        "requests wait when `concurrency` of them are held, or all cores of a `cpu` work");
  }
}

}  // namespace

void cannot(const Value& value, std::string_view what, std::string advice) {
  value.diagnostics().add(value.node().diagnose(
      Severity::kError, fmt::format("\"{}\" cannot be simulated by this version of squall", what),
      std::move(advice)));
}

void cannot(Fields& fields, Fields::Names names, std::string_view advice) {
  fields.hide(names);
  if (!fields.value() || !fields.value().node().is_mapping()) return;
  for (const config::Node::Member& member : fields.value().node().members) {
    if (member.value.is_null() || std::find(names.begin(), names.end(), member.key) == names.end())
      continue;
    fields.value().diagnostics().add(
        {member.place.file ? *member.place.file : std::string(), member.place.line,
         member.place.column, Severity::kError,
         fmt::format("\"{}\" cannot be simulated by this version of squall", member.key),
         std::string(advice)});
  }
}

void only(Fields& fields, std::string_view name, std::string_view works, Fields::Names later) {
  const Value value = fields[name];
  std::vector<std::string_view> all{works};
  all.insert(all.end(), later.begin(), later.end());
  const std::optional<std::size_t> chosen = value.one_of(all);
  if (chosen && *chosen > 0) {
    cannot(value, fmt::format("{}: {}", name, all[*chosen]), fmt::format("write {}", works));
  }
}

void read_error(Fields& f, ErrorSpec& out, bool ratio_required) {
  if (ratio_required) f.require("ratio");
  f.ratio("ratio", out.ratio);
  const bool grpc = read_answer(f, out.status, out.grpc);
  if (f.choice("in", out.in,
               {{"headers", ErrorSpec::In::kHeaders}, {"trailers", ErrorSpec::In::kTrailers}}) &&
      !grpc) {
    f["in"].error("is about a grpc-status", "write it beside grpc");
  }
}

void read_errors(const Value& value, std::vector<ErrorSpec>& out) {
  const auto one = [&](const Value& item) {
    Fields f(item);
    ErrorSpec error;
    const bool later = f.has("sequence") || f.has("latency");
    cannot(f, {"sequence", "latency"});
    if (!later && item && item.node().is_mapping()) read_error(f, error, true);
    if (later) f.accept({"ratio", "status", "grpc", "in"});
    f.finish();
    out.push_back(error);
  };
  if (value.node().is_mapping()) return one(value);
  if (!value.is_sequence()) return;
  double sum = 0;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    if (!value.item(i)) value.item(i).expected("a mapping");
    one(value.item(i));
    sum += out.back().ratio;
  }
  if (sum > 1 + 1e-9)
    value.error(fmt::format("the ratios add up to {:.6g}%", sum * 100),
                "each is a share of all requests: together at most 100%");
}

void read_workload(const config::Node::Member& member, const Value& value,
                   std::vector<Workload>& out) {
  Workload workload;
  config::Node key;
  key.kind = config::Node::Kind::kScalar;
  key.text = member.key;
  key.place = member.place;
  if (const auto ref = read_ref(Value(&key, value.path(), value.diagnostics(), value.dialect())))
    workload.ref = *ref;
  workload.place = member.place;
  if (value) {
    Fields f(value);
    read_capacity(f, workload);
    read_behaviour(f, workload.behaviour);
    read_operations(f, workload);
    read_cancelled(f["cancelled"], workload);
    f.object("start", [&](Fields& s) { read_start(s, workload.start.emplace()); });
    only(f, "deadlines", "ignore", {"honour"});
    cannot(f, {"addresses", "sidecar", "contention", "rate_limit"});
    f.finish();
  }
  out.push_back(std::move(workload));
}

}  // namespace squall::scenarios
