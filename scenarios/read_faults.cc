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
  if (of == 2U) out.of = Fault::Of::kNode;
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

std::string cpu_as_mapping(const config::Node& scalar) {
  return fmt::format("write {{factor: {}}}", scalar.as_number() ? scalar.text : "0.2");
}

std::string error_as_mapping(const config::Node& scalar) {
  if (scalar.text.ends_with('%'))
    return fmt::format("write {{ratio: {}, status: 503}}", scalar.text);
  return fmt::format("write {{status: {}}}", scalar.as_int() ? scalar.text : "503");
}

void read_direction(Fields& f, Fault& out) {
  using Direction = Fault::Direction;
  f.choice("direction", out.direction,
           {{"both", Direction::kBoth}, {"to", Direction::kTo}, {"from", Direction::kFrom}});
}

std::string loss_as_mapping(const config::Node& scalar) {
  return fmt::format("write {{ratio: {}}}", scalar.text.ends_with('%') ? scalar.text : "5%");
}

std::string delay_as_mapping(const config::Node& scalar) {
  return fmt::format("write {{latency: {}}}", parse_duration(scalar.text) ? scalar.text : "100ms");
}

/// Kinds that act on messages between pods.
void read_network_kind(Fields& f, Fault& out) {
  const auto empty = [](const config::Node&) { return std::string("write {}"); };
  read_mapping(f, "partition", empty, [&](Fields& p) {
    out.kind = Fault::Kind::kPartition;
    read_direction(p, out);
  });
  read_mapping(f, "loss", loss_as_mapping, [&](Fields& l) {
    out.kind = Fault::Kind::kLoss;
    l.require("ratio");
    l.ratio("ratio", out.ratio);
    read_direction(l, out);
  });
  read_mapping(f, "delay", delay_as_mapping, [&](Fields& d) {
    out.kind = Fault::Kind::kDelay;
    d.require("latency");
    if (d["latency"]) {
      if (std::optional<Distribution> latency = read_distribution(d["latency"]))
        out.latency = *std::move(latency);
    }
    read_direction(d, out);
  });
  read_mapping(f, "drop_connections", empty,
               [&](Fields&) { out.kind = Fault::Kind::kDropConnections; });
}

void read_certificate(Fields& f, Fault& out) {
  f.exactly_one({"expire", "skew"});
  const auto empty = [](const config::Node&) { return std::string("write {}"); };
  read_mapping(f, "expire", empty, [](Fields&) {});
  Duration behind{};
  if (!f.duration("skew", behind, {.least = -kLongest, .most = kLongest})) return;
  out.behind = behind;
  if (behind == Duration{})
    f["skew"].error("is none", "write 10m: so far behind; -10m: so far ahead");
}

std::string certificate_as_mapping(const config::Node& scalar) {
  return parse_duration(scalar.text) ? fmt::format("write {{skew: {}}}", scalar.text)
                                     : "write {expire: {}} or {skew: 10m}";
}

void read_dns(Fields& f, Fault& out) {
  const auto empty = [](const config::Node&) { return std::string("write {}"); };
  f.exactly_one({"stale", "fail"});
  read_mapping(f, "stale", empty, [&](Fields&) { out.stale = true; });
  read_mapping(f, "fail", empty, [](Fields&) {});
}

std::string dns_as_mapping(const config::Node& scalar) {
  return fmt::format("write {{{}: {{}}}}", scalar.text == "stale" ? "stale" : "fail");
}

void read_kind(Fields& f, Fault& out) {
  read_network_kind(f, out);
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
  read_mapping(f, "flush", empty, [&](Fields&) { out.kind = Fault::Kind::kFlush; });
  read_mapping(f, "cpu", cpu_as_mapping, [&](Fields& c) {
    out.kind = Fault::Kind::kCpu;
    c.require("factor", "write {factor: 0.2}: a fifth of its speed");
    c.number("factor", out.factor, {.least = 0, .most = 1, .above = true});
  });
  read_mapping(f, "certificate", certificate_as_mapping, [&](Fields& c) {
    out.kind = Fault::Kind::kCertificate;
    read_certificate(c, out);
  });
  read_mapping(f, "dns", dns_as_mapping, [&](Fields& d) {
    out.kind = Fault::Kind::kDns;
    read_dns(d, out);
  });
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
  if (!f.exactly_one({"workload", "pod", "labels", "zone", "edge", "load", "proxies"})) return;
  f.text("load", out.load);
  f.text("zone", out.zone);
  if (f["labels"]) read_labels(f, out);
  if (const std::optional<WorkloadRef> ref = f["workload"] ? read_ref(f["workload"]) : std::nullopt)
    out.workload = *ref;
  if (const std::optional<WorkloadRef> ref = f["proxies"] ? read_ref(f["proxies"]) : std::nullopt) {
    out.workload = *ref;
    out.proxies = true;
  }
  if (const std::optional<WorkloadRef> ref = f["pod"] ? read_ref(f["pod"]) : std::nullopt)
    out.pod = *ref;
  f.object("edge", [&](Fields& e) {
    e.require("from");
    e.require("to");
    if (const std::optional<WorkloadRef> ref = e["from"] ? read_ref(e["from"]) : std::nullopt)
      out.edge_from = *ref;
    if (const std::optional<WorkloadRef> ref = e["to"] ? read_ref(e["to"]) : std::nullopt)
      out.edge_to = *ref;
  });
  f.ratio("share", out.share, {.least = 0, .most = 1, .above = true});
  if (!f["share"]) return;
  if (f["load"] || f["edge"]) f["share"].error("is a share of replicas", "leave it out");
  if (f["pod"]) f["share"].error("is a share of a workload's replicas", "leave it out beside pod");
}

/// Sidecars take no time, and are neither ready nor wrong by themselves.
void check_of_sidecars(Fields& f) {
  const std::string workload = fmt::format("workload: {}", f["proxies"].node().text);
  for (const std::string_view name : {"slow", "cpu"}) {
    if (f[name])
      f[name].error("says nothing of sidecars, which take no time of their own",
                    "write delay: {latency: 5ms}, or " + workload);
  }
  for (const std::string_view name : {"error", "crash", "hang", "unready", "flush"}) {
    if (f[name]) f[name].error("is of replicas, not of their sidecars alone", "write " + workload);
  }
}

void check_times(Fields& f, const Fault& fault) {
  const bool ends_twice = fault.kind == Fault::Kind::kCrash && fault.restart_after && fault.lasts;
  if (ends_twice)
    f["for"].error("excludes crash.restart_after", "keep one: both say when the pod is back");
  using Kind = Fault::Kind;
  const bool gradual = fault.kind == Kind::kSlow || fault.kind == Kind::kError ||
                       fault.kind == Kind::kSurge || fault.kind == Kind::kLoss ||
                       fault.kind == Kind::kCpu;
  if (fault.ramp > Duration{} && !gradual)
    f["ramp"].error("is for slow, error, cpu, surge and loss: others are there or not",
                    "leave it out");
  if (fault.kind == Kind::kDropConnections && fault.lasts)
    f["for"].error("says nothing: connections are dropped once", "leave it out");
  if (fault.kind == Kind::kFlush && fault.lasts)
    f["for"].error("says nothing: caches are emptied once", "leave it out");
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
  if (f.duration("for", lasts, kPositive)) fault.lasts = lasts;
  f.duration("ramp", fault.ramp, kDurations);
  read_target(f, fault);

  f.exactly_one({"slow", "error", "crash", "hang", "cpu", "surge", "unready", "flush",
                 "certificate", "dns", "partition", "loss", "delay", "drop_connections"});
  read_kind(f, fault);
  if (f["surge"] && !f["load"])
    f["surge"].error("is of a load", "write load: NAME instead of a workload");
  if (f["edge"] && fault.kind < Fault::Kind::kDns)
    f["edge"].error("is the target of a partition, of loss, delay, drop_connections or dns only",
                    "name a workload or a pod");
  if (fault.proxies) check_of_sidecars(f);
  if (f["load"] && !f["surge"])
    f["load"].error("is the target of a surge only", "name a workload or a pod");
  check_times(f, fault);
  f.accept({"share"});
  f.finish();
  out.push_back(std::move(fault));
}

}  // namespace squall::scenarios
