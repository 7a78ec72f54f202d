#include <fmt/format.h>

#include <array>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

void read_slow(Fields& f, Fault& out) {
  const std::optional<std::size_t> how = f.exactly_one({"latency", "factor"});
  if (f["latency"]) {
    if (std::optional<Distribution> latency = read_distribution(f["latency"]))
      out.latency = *std::move(latency);
  }
  f.number("factor", out.factor, {.least = 0, .most = 1e9, .above = true});
  f.ratio("ratio", out.ratio);
  if (!how) out.factor = 1;
}

void read_crash(Fields& f, Fault& out) {
  constexpr std::array<std::string_view, 3> kOf = {"pod", "container", "node"};
  const std::optional<std::size_t> of = f["of"].one_of(kOf);
  if (of == 0U) out.of = Fault::Of::kPod;
  if (of == 1U) out.of = Fault::Of::kContainer;
  if (of == 2U) cannot(f["of"], "of: node", "write pod or container");
  Duration after{};
  if (f.duration("restart_after", after, kDurations)) out.restart_after = after;
}

/// A mapping; of a scalar, how what was meant is written.
void read_mapping(Fields& f, std::string_view name, auto&& advise, auto&& read) {
  const Value value = f[name];
  if (value && value.node().is_scalar()) {
    value.expected("a mapping", advise(value.node()));
  } else {
    f.object(name, read);
  }
}

std::string slow_as_mapping(const config::Node& scalar) {
  if (scalar.as_number()) return fmt::format("write {{factor: {}}}", scalar.text);
  return fmt::format("write {{latency: {}}} or {{factor: 20}}",
                     parse_duration(scalar.text) ? scalar.text : "3s");
}

std::string slow_as_factor(const config::Node& scalar) {
  return fmt::format("write {{factor: {}}}", scalar.as_number() ? scalar.text : "3");
}

std::string error_as_mapping(const config::Node& scalar) {
  if (scalar.text.ends_with('%'))
    return fmt::format("write {{ratio: {}, status: 503}}", scalar.text);
  return fmt::format("write {{status: {}}}", scalar.as_int() ? scalar.text : "503");
}

void read_kind(Fields& f, Fault& out) {
  read_mapping(f, "slow", slow_as_mapping, [&](Fields& s) { read_slow(s, out); });
  read_mapping(f, "error", error_as_mapping, [&](Fields& e) {
    out.kind = Fault::Kind::kError;
    out.error.ratio = 1;
    read_error(e, out.error, false);
  });
  const auto empty = [](const config::Node&) { return std::string("write {}"); };
  read_mapping(f, "crash", empty, [&](Fields& c) {
    out.kind = Fault::Kind::kCrash;
    read_crash(c, out);
  });
  read_mapping(f, "hang", empty, [&](Fields&) { out.kind = Fault::Kind::kHang; });
  read_mapping(f, "unready", empty, [&](Fields&) { out.kind = Fault::Kind::kUnready; });
  read_mapping(f, "surge", slow_as_factor, [&](Fields& s) {
    out.kind = Fault::Kind::kSurge;
    s.require("factor", "write {factor: 3}; 0 pauses");
    s.number("factor", out.factor, {.least = 0, .most = 1e9});
  });
}

void read_labels(Fields& f, Fault& out) {
  f.map("labels", [&](const std::string& name, const Value& value) {
    if (std::optional<std::string> text = value.text()) out.labels.emplace_back(name, *text);
  });
  if (out.labels.empty() && f["labels"].node().is_mapping())
    f["labels"].error("no label", "write those that the pods have");
}

/// Where the fault acts: pods, or one load.
void read_target(Fields& f, Fault& out) {
  const std::initializer_list<std::string_view> later = {"edge", "proxies"};
  const std::initializer_list<std::string_view> now = {"workload", "pod", "labels", "zone", "load"};
  bool any_later = false;
  for (const std::string_view name : later) any_later = any_later || f[name];
  cannot(f, later);
  const std::optional<std::size_t> target = any_later ? f.at_most_one(now) : f.exactly_one(now);
  if (!target) return;
  f.text("load", out.load);
  f.text("zone", out.zone);
  if (f["labels"]) read_labels(f, out);
  if (const std::optional<WorkloadRef> ref = f["workload"] ? read_ref(f["workload"]) : std::nullopt)
    out.workload = *ref;
  if (const std::optional<WorkloadRef> ref = f["pod"] ? read_ref(f["pod"]) : std::nullopt)
    out.pod = *ref;
  f.ratio("share", out.share, {.least = 0, .most = 1, .above = true});
  if (!f["share"]) return;
  if (f["load"]) f["share"].error("is a share of replicas", "leave it out");
  if (f["pod"]) f["share"].error("is a share of a workload's replicas", "leave it out beside pod");
}

void check_times(Fields& f, const Fault& fault) {
  const bool ends_twice = fault.kind == Fault::Kind::kCrash && fault.restart_after && fault.lasts;
  if (ends_twice)
    f["for"].error("excludes crash.restart_after", "keep one: both say when the pod is back");
  const bool gradual = fault.kind == Fault::Kind::kSlow || fault.kind == Fault::Kind::kError ||
                       fault.kind == Fault::Kind::kSurge;
  if (fault.ramp > Duration{} && !gradual)
    f["ramp"].error("a fault of this kind is there or not", "leave it out");
  if (fault.lasts && fault.ramp > *fault.lasts)
    f["ramp"].error("lasts longer than the fault", "make it at most as long as `for`");
}

}  // namespace

void read_fault(Fields& f, std::vector<Fault>& out) {
  Fault fault;
  fault.place = f.value().node().place;
  f.require("at");
  f.duration("at", fault.at, kDurations);
  Duration lasts{};
  if (f.duration("for", lasts, {.least = Duration(1), .most = kLongest})) fault.lasts = lasts;
  f.duration("ramp", fault.ramp, kDurations);
  read_target(f, fault);

  const std::initializer_list<std::string_view> later = {
      "cpu", "partition", "loss", "delay", "drop_connections", "flush", "dns", "certificate"};
  bool any_later = false;
  for (const std::string_view name : later) any_later = any_later || f[name];
  cannot(f, {"delay"}, "write slow: {latency: 3s} for a workload that is slow");
  cannot(f, {"cpu"}, "write slow: {factor: 5} for a workload that is slow");
  cannot(f, {"partition"}, "write crash: {} or hang: {} for pods that are not reached");
  cannot(f, {"loss", "drop_connections", "flush", "dns", "certificate"});
  if (!any_later) f.exactly_one({"slow", "error", "crash", "hang", "surge", "unready"});
  read_kind(f, fault);
  if (f["surge"] && fault.load.empty() && !any_later &&
      (f["workload"] || f["pod"] || f["labels"] || f["zone"]))
    f["surge"].error("is of a load", "write load: NAME instead of a workload");
  if (f["load"] && !f["surge"] && !any_later)
    f["load"].error("is the target of a surge only", "name a workload or a pod");
  check_times(f, fault);
  f.accept({"share"});
  f.finish();
  out.push_back(std::move(fault));
}

}  // namespace squall::scenarios
