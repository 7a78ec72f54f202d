#include "config/kubernetes_scaling.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace squall::config {
namespace {

constexpr IntegerRange kReplicas{1, 100'000};
constexpr IntegerRange kPercent{1, 1'000'000};

void read_policy(Fields& f, std::vector<ScalingPolicy>& out) {
  ScalingPolicy policy;
  f.require("type");
  f.choice("type", policy.percent, {{"Pods", false}, {"Percent", true}});
  f.require("value");
  f.integer("value", policy.value, {1, kReplicas.most});
  int seconds = 0;
  f.require("periodSeconds");
  if (f.integer("periodSeconds", seconds, {1, 1800})) policy.period = std::chrono::seconds(seconds);
  out.push_back(policy);
}

void read_rules(Fields& f, ScalingRules& out) {
  int seconds = 0;
  if (f.integer("stabilizationWindowSeconds", seconds, {0, 3600}))
    out.stabilization = std::chrono::seconds(seconds);
  f.choice("selectPolicy", out.select,
           {{"Max", ScalingRules::Select::kMax},
            {"Min", ScalingRules::Select::kMin},
            {"Disabled", ScalingRules::Select::kDisabled}});
  if (f["policies"]) out.policies.clear();
  const bool listed = f.objects("policies", [&](Fields& p) { read_policy(p, out.policies); });
  if (listed && out.policies.empty())
    f["policies"].error("is empty", "leave it out, or write selectPolicy: Disabled");
  f.number("tolerance", out.tolerance, {.least = 0, .most = 1000});
}

void read_behavior(Fields& f, ScalingBehavior& out) {
  constexpr std::chrono::seconds kPeriod(15);
  out.up.policies = {{.percent = false, .value = 4, .period = kPeriod},
                     {.percent = true, .value = 100, .period = kPeriod}};
  out.down.stabilization = std::chrono::seconds(300);
  out.down.policies = {{.percent = true, .value = 100, .period = kPeriod}};
  f.object("scaleUp", [&](Fields& rules) { read_rules(rules, out.up); });
  f.object("scaleDown", [&](Fields& rules) { read_rules(rules, out.down); });
}

/// None: of something else than CPU.
std::optional<CpuTarget> read_resource(Fields& f) {
  std::string name, type;
  f.require("name");
  f.text("name", name);
  CpuTarget out;
  f.require("target");
  f.object("target", [&](Fields& target) {
    target.text("type", type);
    target.accept({"value"});
    int percent = 0;
    const auto which = target.exactly_one({"averageUtilization", "averageValue"});
    if (target.integer("averageUtilization", percent, kPercent)) out.value = percent;
    out.of_request = which == 0U;
    const Value average = target["averageValue"];
    if (!average || name != "cpu") return;
    if (const auto cpu = read_cpu(average)) {
      out.value = *cpu;
      if (*cpu == 0) average.error("must be above 0");
    }
  });
  if (name != "cpu") return std::nullopt;
  return out;
}

void read_metric(Fields& f, HorizontalPodAutoscaler& out) {
  enum class Type : std::uint8_t { kResource, kPods, kObject, kExternal, kContainerResource };
  Type type = Type::kResource;
  f.require("type");
  const bool known = f.choice("type", type,
                              {{"Resource", Type::kResource},
                               {"Pods", Type::kPods},
                               {"Object", Type::kObject},
                               {"External", Type::kExternal},
                               {"ContainerResource", Type::kContainerResource}});
  f.accept({"pods", "object", "external", "containerResource"});
  std::optional<CpuTarget> target;
  if (known && type == Type::kResource) f.require("resource");
  f.object("resource", [&](Fields& resource) { target = read_resource(resource); });
  if (target) {
    out.targets.push_back(*target);
  } else {
    out.others.push_back(f.value().place());
  }
}

void read_metrics(Fields& spec, HorizontalPodAutoscaler& out) {
  spec.objects("metrics", [&](Fields& metric) { read_metric(metric, out); });
  int percent = 80;  // what the API fills in
  const bool of_v1 = spec.integer("targetCPUUtilizationPercentage", percent, kPercent);
  if (of_v1 || (out.targets.empty() && out.others.empty()))
    out.targets.push_back({.of_request = true, .value = percent});
}

}  // namespace

std::optional<std::int64_t> read_cpu(const Value& value) {
  if (!value) return std::nullopt;
  std::string_view number = value.node().text;
  double thousandths = 1000;
  for (const auto& [unit, part] :
       {std::pair('m', 1.0), std::pair('u', 1e-3), std::pair('n', 1e-6)}) {
    if (!number.ends_with(unit)) continue;
    thousandths = part;
    number.remove_suffix(1);
    break;
  }
  double read = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), read);
  const bool whole = failure == std::errc{} && end == number.data() + number.size();
  if (!whole || !value.node().is_scalar() || !(read >= 0 && read <= 1e6)) {
    value.expected("an amount of CPU such as 500m or 1.5");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(-std::floor(-read * thousandths));  // rounded up
}

ContainerCpu read_container_cpu(Fields& container) {
  ContainerCpu out;
  container.object("resources", [&](Fields& resources) {
    resources.accept_all();
    const auto read_one = [&](std::string_view name, std::optional<std::int64_t>& into) {
      resources.map(name, [&](const std::string& key, const Value& value) {
        if (key == "cpu") into = read_cpu(value);
      });
    };
    read_one("limits", out.limit);
    read_one("requests", out.request);
  });
  if (!out.request) out.request = out.limit;
  return out;
}

void read(Fields& object, HorizontalPodAutoscaler& out) {
  object.require("spec");
  object.object("spec", [&](Fields& spec) {
    spec.require("scaleTargetRef");
    spec.object("scaleTargetRef", [&](Fields& target) {
      out.target = target.value().place();
      target.require("kind");
      target.require("name");
      target.text("kind", out.kind);
      target.text("name", out.name);
      target.accept({"apiVersion"});
    });
    spec.integer("minReplicas", out.least, kReplicas);
    spec.require("maxReplicas");
    if (spec.integer("maxReplicas", out.most, kReplicas) && out.most < out.least)
      spec["maxReplicas"].error("is below minReplicas");
    read_metrics(spec, out);
    spec.object("behavior",
                [&](Fields& behavior) { read_behavior(behavior, out.behavior.emplace()); });
  });
}

}  // namespace squall::config
