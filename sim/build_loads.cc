// Loads of a Model, and which listeners calls go to.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/surges.h"
#include "scenarios/unknown_name.h"
#include "sim/build_parts.h"
#include "sim/zipf.h"

namespace squall::sim {

void Builder::add_loads() {
  for (const scenarios::Load& load : scenario_.loads) {
    LoadModel& row = model_->loads.emplace_back();
    row.name = load.name;
    row.key = hash_name(load.name);
    row.load = &load;
    if (auto steps = scenarios::surged(load, scenario_.faults)) {
      row.steps = *std::move(steps);
    } else {
      add(Severity::kError, load.place,
          fmt::format("a ramp of load \"{}\" and of a surge of it overlap", load.name),
          "let one be over before the other begins");
    }
    std::string ns = "default";
    if (!load.outside()) {
      const std::string source = load.gateway() ? gateway_pods_[&load] : full_name(load.from);
      row.source = workload_of(source);
      if (row.source == kNone) {
        problems_.add(
            scenarios::unknown_source(load.from.place, load.from.text(), workload_names()));
        continue;
      }
      if (model_->workloads[row.source].pods == 0) {
        add(Severity::kError, load.from.place,
            fmt::format("{} has no replica to send from",
                        load.gateway() ? source : load.from.text()),
            "give it at least one");
      }
      ns = source.substr(source.rfind('.') + 1);
      callers_[row.source].gateway = load.gateway();
    }
    if (load.keys) {
      model_->carries = true;
      if (load.keys->of > 0) row.keys_below = zipf_shares(load.keys->s, load.keys->of);
    }
    const auto has_key = [](const scenarios::Arrival& one) { return one.key != kNone; };
    model_->carries |= std::ranges::any_of(load.trace, has_key);
    add_operations(load, ns);
  }
}

/// Of the latest load.
void Builder::add_operations(const scenarios::Load& load, const std::string& ns) {
  LoadModel& row = model_->loads.back();
  const auto number = static_cast<std::uint32_t>(model_->loads.size() - 1);
  row.first_operation = static_cast<std::uint32_t>(model_->load_operations.size());
  row.operations = static_cast<std::uint32_t>(load.operations.size());
  double all = 0, sum = 0;
  for (const scenarios::LoadOperation& one : load.operations) all += one.weight;
  for (const scenarios::LoadOperation& one : load.operations) {
    CallSite site = load.gateway()
                        ? gateway_site(load, one)
                        : site_of(one.to, one.method, one.headers, service_of(one.to, ns));
    site.body = load.body;
    const bool stranger = load.outside() || load.gateway();
    site.client = client_of(
        load.client,
        {.service = site.service, .workload = row.source, .load = stranger ? number : kNone});
    if (!load.outside()) {
      add_caller(row.source, site, one.to);
      site.unrouted_edge = unrouted_edge(model_->workloads[row.source].name, site);
      lead_to_waypoint(row.source, site);
    }
    const std::uint32_t first = row.first_operation;
    const auto is_other = [&](const CallSite& of) {
      return of.service != site.service || of.port != site.port;
    };
    if (load.connections && first < model_->load_operations.size() &&
        is_other(model_->load_operations[first].site))
      add(Severity::kError, one.to.place, "connections of a load lead to one host and port",
          "write a load for each");
    sum += one.weight;
    model_->load_operations.push_back({.site = site, .below = sum / all, .name = one.name});
  }
}

/// Which listener of its caller's sidecar a call goes to; where the callers' differ it is looked up
/// at each call.
void Builder::find_listeners() {
  const auto find = [&](CallSite& site, const WorkloadModel& workload) {
    for (std::uint32_t i = workload.first_pod; i < workload.first_pod + workload.pods; ++i) {
      const std::uint32_t proxy = model_->pods[i].outbound;
      if (proxy == kNone) return;
      const ConfigurationModel& rules =
          model_->configurations[model_->proxies[proxy].configuration];
      const std::uint32_t listener = rules.listener_of(site.port);
      if (i > workload.first_pod && listener != site.listener) {
        site.listener = kNone;
        return;
      }
      site.listener = listener;
    }
  };
  for (const WorkloadModel& workload : model_->workloads) {
    const std::uint32_t all = workload.behaviours + (workload.start != nullptr ? 1U : 0U);
    for (std::uint32_t b = 0; b < all; ++b) {  // a start's comes behind the others
      const BehaviourModel& behaviour = model_->behaviours[workload.first_behaviour + b];
      for (std::uint32_t s = 0; s < behaviour.steps; ++s) {
        const StepModel& step = model_->steps[behaviour.first_step + s];
        for (std::uint32_t c = 0; c < step.calls; ++c)
          find(model_->calls[step.first_call + c].site, workload);
      }
    }
  }
  for (LoadModel& load : model_->loads) {
    if (load.source == kNone) continue;
    for (std::uint32_t i = 0; i < load.operations; ++i)
      find(model_->load_operations[load.first_operation + i].site, model_->workloads[load.source]);
  }
}

}  // namespace squall::sim
