// The overload manager of a bootstrap.
#include <fmt/format.h>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::OverloadAction;
using policies::OverloadConfig;
using policies::OverloadResource;

void read_monitors(Fields& f, OverloadConfig& out) {
  f.objects("resource_monitors", [&](Fields& monitor) {
    OverloadResource one;
    monitor.text("name", one.name);
    const bool read = read_extension(monitor, [&](std::string_view type, Fields& config) {
      constexpr std::string_view kPrefix = "envoy.extensions.resource_monitors.";
      if (type == std::string(kPrefix) + "fixed_heap.v3.FixedHeapConfig") {
        if (!config["max_heap_size_bytes"]) config.require("max_heap_size_bytes");
        config.integer("max_heap_size_bytes", one.max_heap_bytes);
        return true;
      }
      if (type != std::string(kPrefix) + "injected_resource.v3.InjectedResourceConfig")
        return false;
      one.kind = OverloadResource::Kind::kInjected;
      if (!config["filename"]) config.require("filename");
      config.text("filename", one.file);
      return true;
    });
    if (read) out.resources.push_back(std::move(one));
  });
}

void read_trigger(Fields& f, const OverloadConfig& config, OverloadAction& out) {
  policies::OverloadTrigger& trigger = out.triggers.emplace_back();
  std::string name;
  f.text("name", name);
  std::size_t at = 0;
  while (at < config.resources.size() && config.resources[at].name != name) ++at;
  if (at == config.resources.size())
    f.value().error(fmt::format("there is no resource monitor \"{}\"", name), "add it");
  trigger.resource = static_cast<std::uint32_t>(at);
  f.exactly_one({"threshold", "scaled"});
  const NumberRange unit{.least = 0, .most = 1};
  f.object("threshold", [&](Fields& g) { g.number("value", trigger.saturation, unit); });
  trigger.scaled = f.object("scaled", [&](Fields& g) {
    g.number("scaling_threshold", trigger.scaling, unit);
    g.number("saturation_threshold", trigger.saturation, unit);
    if (trigger.scaling >= trigger.saturation)
      g.value().error("scaling_threshold is not below saturation_threshold", "make it lower");
  });
}

/// A timeout's lower end: a time, or a percentage of what it is.
void read_least(Fields& f, policies::ReducedTimeouts& out) {
  enum class Timer : std::uint8_t { kStreamIdle, kConnectionIdle, kConnectionMax, kNone };
  Timer timer = Timer::kNone;
  if (!f["timer"]) f.require("timer");
  choice(f, "timer", timer,
         {{"HTTP_DOWNSTREAM_STREAM_IDLE", Timer::kStreamIdle},
          {"HTTP_DOWNSTREAM_CONNECTION_IDLE", Timer::kConnectionIdle},
          {"HTTP_DOWNSTREAM_CONNECTION_MAX", Timer::kConnectionMax},
          {"TRANSPORT_SOCKET_CONNECT", Timer::kNone}},  // of TLS
         {"HTTP_DOWNSTREAM_STREAM_FLUSH"});
  policies::LeastTimeout least{.reduced = true};
  f.exactly_one({"min_timeout", "min_scale"});
  f.duration("min_timeout", least.least);
  double percent = 0;
  if (read_percent(f, "min_scale", percent)) least.share = percent / 100;
  if (timer == Timer::kStreamIdle) out.stream_idle = least;
  if (timer == Timer::kConnectionIdle) out.connection_idle = least;
  if (timer == Timer::kConnectionMax) out.connection_duration = least;
}

void read_reduced(Fields& f, policies::ReducedTimeouts& out) {
  if (!f["typed_config"]) f.require("typed_config");
  f.object("typed_config", [&](Fields& config) {
    const std::string type = type_of(config);
    if (type.empty()) return;
    if (type != "envoy.config.overload.v3.ScaleTimersOverloadActionConfig") {
      config.accept_all();
      config.value().unsupported(type);
      return;
    }
    if (!config["timer_scale_factors"]) config.require("timer_scale_factors");
    config.objects("timer_scale_factors", [&](Fields& factor) { read_least(factor, out); });
  });
}

void read_action(Fields& f, OverloadConfig& out, policies::ReducedTimeouts& reduced) {
  OverloadAction& action = out.actions.emplace_back();
  f.text("name", action.name);
  using Kind = OverloadAction::Kind;
  choice(f, "name", action.kind,
         {{"envoy.overload_actions.stop_accepting_requests", Kind::kStopAcceptingRequests},
          {"envoy.overload_actions.disable_http_keepalive", Kind::kDisableHttpKeepalive},
          {"envoy.overload_actions.stop_accepting_connections", Kind::kStopAcceptingConnections},
          {"envoy.overload_actions.reject_incoming_connections", Kind::kRejectIncomingConnections},
          {"envoy.overload_actions.reduce_timeouts", Kind::kReduceTimeouts},
          {"envoy.overload_actions.shrink_heap", Kind::kShrinkHeap}},
         {"envoy.overload_actions.reset_high_memory_stream"});
  f.objects("triggers", [&](Fields& trigger) { read_trigger(trigger, out, action); });
  if (action.kind == Kind::kReduceTimeouts) {
    read_reduced(f, reduced);
  } else {
    f.unsupported({"typed_config"});
  }
}

}  // namespace

void read_overload_manager(Fields& f, std::string_view name,
                           std::optional<policies::OverloadConfig>& out,
                           policies::ReducedTimeouts& reduced) {
  f.object(name, [&](Fields& manager) {
    OverloadConfig& config = out.emplace();
    manager.duration("refresh_interval", config.refresh_interval, {.least = 1ms});
    read_monitors(manager, config);
    manager.objects("actions", [&](Fields& action) { read_action(action, config, reduced); });
    refuse(manager, {"loadshed_points", "buffer_factory_config"});
  });
}

}  // namespace squall::config::envoy
