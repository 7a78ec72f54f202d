#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "scenarios/manifests.h"
#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr double kMostPerSecond = 1e9;
constexpr std::string_view kGroup = "networking.istio.io";
constexpr std::string_view kKinds[] = {"VirtualService", "DestinationRule"};

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

bool is_of_rules(std::string_view kind) {
  return std::ranges::find(kKinds, kind) != std::end(kKinds);
}

/// What else a manifest says holds for the whole run.
bool can_change(const Node& document) {
  const std::optional<ManifestName> name = manifest_name(document);
  return name && name->group == kGroup && is_of_rules(name->kind);
}

void read_applied(const Value& value, const std::filesystem::path& folder, Change& out) {
  Manifests manifests;
  for (std::size_t i = 0; value.is_sequence() && i < value.node().items.size(); ++i) {
    const Value item = value.item(i);
    if (item && item.node().is_mapping()) {
      manifests.add({item.node()}, value.diagnostics());
    } else {
      manifests.add_listed(item, folder);
    }
  }
  out.applied = std::move(manifests).take();
  for (const Node& document : out.applied) {
    if (!manifest_name(document)) {
      value.diagnostics().add(document.diagnose(
          Severity::kError, "this is no manifest with a kind and a metadata.name", "write both"));
    } else if (!can_change(document)) {
      value.diagnostics().add(document.diagnose(
          Severity::kError, "only a VirtualService and a DestinationRule can change during a run",
          "scale and restart change replicas; compare two runs for the rest"));
    }
  }
}

void read_deleted(const Value& value, Change& out) {
  if (!value || !value.node().is_scalar()) return value.expected("KIND/NAMESPACE/NAME");
  std::vector<std::string> parts(1);
  for (const char c : value.node().text) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() == 2) parts.insert(parts.begin() + 1, "default");
  if (parts.size() != 3 || !is_of_rules(parts[0]) || parts[1].empty() || parts[2].empty()) {
    return value.expected("a VirtualService or DestinationRule such as DestinationRule/shop/app");
  }
  out.deleted.push_back({parts[0], parts[1], parts[2], value.node().place});
}

void read_reach(Fields& f, Change& out) {
  if (f["delay"]) out.reach_delay = read_distribution(f["delay"]);
  f.list("never", [&](const Value& item) {
    if (const std::optional<WorkloadRef> ref = read_ref(item)) out.never.push_back(*ref);
  });
}

}  // namespace

void read_change(Fields& f, const std::filesystem::path& folder, std::vector<Change>& out) {
  Change change;
  change.place = f.value().node().place;
  f.require("at");
  f.duration("at", change.at, kDurations);
  const bool configures = f["apply"] || f["delete"];
  if (!configures) f.exactly_one({"scale", "restart", "apply", "delete"});
  if (configures) {
    change.kind = Change::Kind::kConfigure;
    f.at_most_one({"apply", "scale", "restart"});
    f.at_most_one({"delete", "scale", "restart"});
    read_applied(f["apply"], folder, change);
    f.list("delete", [&](const Value& item) { read_deleted(item, change); });
  } else if (f["reach"]) {
    f["reach"].error("is of changes that apply or delete manifests", "leave it out");
  }
  read_scale(f["scale"], change);
  f.object("restart", [&](Fields& r) { read_restart(r, change); });
  f.object("reach", [&](Fields& r) { read_reach(r, change); });
  f.finish();
  out.push_back(std::move(change));
}

}  // namespace squall::scenarios
