#include <fmt/format.h>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr double kMostPerSecond = 1e9;

void read_scale(const Value& value, Change& out) {
  if (!value.is_mapping()) return;
  for (const Node::Member& member : value.node().members) {
    Node key;
    key.kind = Node::Kind::kScalar;
    key.text = member.key;
    key.place = member.place;
    const auto ref = read_ref(Value(&key, value.path(), value.diagnostics(), value.dialect()));
    const auto replicas = value.member(member).integer({.least = 0, .most = kMostReplicas});
    if (ref && replicas) out.scale.emplace_back(*ref, static_cast<int>(*replicas));
  }
  if (value.node().members.empty()) value.expected("workloads and their replicas, as in {app: 8}");
}

void read_restart(Fields& f, Change& out) {
  out.kind = Change::Kind::kRestart;
  if (f.require("workload")) {
    if (const std::optional<WorkloadRef> ref = read_ref(f["workload"])) out.workload = *ref;
  }
  if (f["pace"]) out.pace_per_s = f["pace"].rate(kMostPerSecond).value_or(0);
  if (f["pace"] && out.pace_per_s <= 0)
    f["pace"].error("nobody would ever restart", "write a rate such as 30/m");
}

}  // namespace

void read_change(Fields& f, std::vector<Change>& out) {
  Change change;
  change.place = f.value().node().place;
  f.require("at");
  f.duration("at", change.at, kDurations);
  const bool later = f["apply"] || f["delete"] || f["reach"];
  cannot(f, {"apply", "delete", "reach"}, "compare two runs with other manifests");
  if (!later) f.exactly_one({"scale", "restart"});
  read_scale(f["scale"], change);
  f.object("restart", [&](Fields& r) { read_restart(r, change); });
  f.finish();
  out.push_back(std::move(change));
}

}  // namespace squall::scenarios
