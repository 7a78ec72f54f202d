#include "proxy/event_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

namespace squall::proxy {
namespace {

using policies::CheckOutcome;
using policies::Detector;
using policies::Ejection;
using Json = nlohmann::ordered_json;

Result<Fd> open_log(const std::string& path) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) {
    return error(fmt::format("cannot write {}: {}", path, std::strerror(errno)),
                 "choose a file that may be written");
  }
  return file;
}

void append(const Fd& file, const Json& event) {
  const std::string line = event.dump() + "\n";
  [[maybe_unused]] const ssize_t count = ::write(file.get(), line.data(), line.size());
}

/// "2026-11-27T10:52:11.083Z".
std::string timestamp(std::int64_t unix_ns) {
  const std::int64_t ms = unix_ns / 1'000'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t{ms / 1000}), ms % 1000);
}

const char* type_of(Detector detector) {
  static constexpr const char* kNames[] = {"CONSECUTIVE_5XX",
                                           "CONSECUTIVE_GATEWAY_FAILURE",
                                           "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
                                           "SUCCESS_RATE",
                                           "FAILURE_PERCENTAGE",
                                           "SUCCESS_RATE_LOCAL_ORIGIN",
                                           "FAILURE_PERCENTAGE_LOCAL_ORIGIN"};
  return kNames[static_cast<std::size_t>(detector)];
}

/// What a detector saw; percentages are whole.
void add_figures(const policies::EjectionEvent& event, Json& line) {
  const auto whole = [](double percent) {
    return percent > 0 ? static_cast<std::uint32_t>(percent) : 0U;
  };
  const policies::SweepFigures& seen = event.figures;
  switch (event.cause) {
    case Detector::kSuccessRate:
    case Detector::kLocalOriginSuccessRate:
      line["eject_success_rate_event"] = {
          {"host_success_rate", whole(seen.success_rate)},
          {"cluster_average_success_rate", whole(seen.mean)},
          {"cluster_success_rate_ejection_threshold", whole(seen.threshold)}};
      return;
    case Detector::kFailurePercentage:
    case Detector::kLocalOriginFailurePercentage:
      line["eject_failure_percentage_event"] = {{"host_success_rate", whole(seen.success_rate)}};
      return;
    default:
      line["eject_consecutive_event"] = Json::object();
  }
}

const char* failure_of(CheckOutcome outcome) {
  if (outcome == CheckOutcome::kNetworkFailure) return "NETWORK";
  if (outcome == CheckOutcome::kTimeout) return "NETWORK_TIMEOUT";
  return outcome == CheckOutcome::kPassive ? "PASSIVE" : "ACTIVE";
}

}  // namespace

Result<void> EventLog::open(const policies::Configuration& configuration,
                            const std::string& ejections) {
  configuration_ = &configuration;
  hosts_.resize(configuration.epoch.host_count());
  if (!ejections.empty()) {
    Result<Fd> file = open_log(ejections);
    if (!file) return std::unexpected(std::move(file.error()));
    ejections_ = *std::move(file);
  }
  for (const policies::ClusterConfig& cluster : configuration.epoch.clusters) {
    for (const policies::HealthCheck& check : cluster.health_checks) {
      for (const std::string& path : check.event_logs) {
        if (checks_.contains(path)) continue;
        Result<Fd> file = open_log(path);
        if (!file) return std::unexpected(std::move(file.error()));
        checks_.emplace(path, *std::move(file));
      }
    }
  }
  return {};
}

void EventLog::write(const policies::Control& control, std::int64_t unix_ns_at_zero) {
  if (ejections_) {
    for (const policies::EjectionEvent& event : control.events())
      write_ejection(event, unix_ns_at_zero);
  }
  for (const policies::HealthCheckEvent& event : control.check_events())
    write_check(event, unix_ns_at_zero);
}

void EventLog::write_ejection(const policies::EjectionEvent& event, std::int64_t unix_ns_at_zero) {
  const policies::Epoch& epoch = configuration_->epoch;
  const policies::HostConfig& config = epoch.host(event.host);
  Host& host = hosts_[event.host];
  const bool back = event.outcome == Ejection::kUnejected;
  const bool ejected = event.outcome == Ejection::kEjected;
  if (ejected) ++host.ejections;
  // Envoy leaves the type of a return to its default.
  Json line = {{"type", type_of(back ? Detector::kConsecutive5xx : event.cause)},
               {"timestamp", timestamp(unix_ns_at_zero + to_ns(event.at))}};
  if (back || host.returns > 0) {
    const auto seconds =
        (event.at - (back ? host.ejected : host.returned)) / std::chrono::seconds(1);
    line["secs_since_last_action"] = std::to_string(seconds);
  }
  line["cluster_name"] = epoch.clusters[epoch.cluster_of_host(event.host)].name;
  line["upstream_url"] = with_port(config.address, config.port);
  line["action"] = back ? "UNEJECT" : "EJECT";
  line["num_ejections"] = host.ejections;
  line["enforced"] = ejected;
  if (!back) add_figures(event, line);
  append(ejections_, line);
  if (ejected) host.ejected = event.at;
  if (!back) return;
  host.returned = event.at;
  ++host.returns;
}

void EventLog::write_check(const policies::HealthCheckEvent& event, std::int64_t unix_ns_at_zero) {
  using Kind = policies::HealthCheckEvent::Kind;
  const policies::Epoch& epoch = configuration_->epoch;
  const policies::HostConfig& host = epoch.host(event.host);
  const policies::ClusterConfig& cluster = epoch.clusters[epoch.cluster_of_host(event.host)];
  const policies::HealthCheck& check = cluster.health_checks[event.checker];
  static constexpr const char* kTypes[] = {"HTTP", "TCP", "GRPC"};  // as in HealthCheck::kind
  Json line = {{"health_checker_type", kTypes[check.kind.index()]},
               {"host",
                {{"socket_address",
                  {{"protocol", "TCP"},
                   {"address", host.address},
                   {"port_value", host.port},
                   {"resolver_name", ""},
                   {"ipv4_compat", false},
                   {"network_namespace_filepath", ""}}}}},
               {"cluster_name", cluster.name}};
  if (event.kind == Kind::kEjectUnhealthy) {
    line["eject_unhealthy_event"] = {{"failure_type", failure_of(event.outcome)},
                                     {"http_status_code", event.status}};
  }
  if (event.kind == Kind::kAddHealthy) line["add_healthy_event"] = {{"first_check", event.first}};
  line["timestamp"] = timestamp(unix_ns_at_zero + to_ns(event.at));
  if (event.kind == Kind::kFailure) {
    line["health_check_failure_event"] = {{"failure_type", failure_of(event.outcome)},
                                          {"first_check", event.first},
                                          {"http_status_code", event.status}};
  }
  if (event.kind == Kind::kDegraded) line["degraded_healthy_host"] = Json::object();
  if (event.kind == Kind::kNoLongerDegraded) line["no_longer_degraded_host"] = Json::object();
  line["locality"] = {{"region", host.locality.region},
                      {"zone", host.locality.zone},
                      {"sub_zone", host.locality.sub_zone}};
  if (event.kind == Kind::kSuccess) line["successful_health_check_event"] = Json::object();
  for (const std::string& path : check.event_logs) append(checks_.at(path), line);
}

}  // namespace squall::proxy
