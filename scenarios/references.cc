#include <fmt/format.h>

#include <string>
#include <unordered_set>

#include "scenarios/read_parts.h"
#include "scenarios/sums.h"
#include "scenarios/unknown_name.h"

namespace squall::scenarios {
namespace {

class References {
 public:
  References(const Scenario& scenario, Diagnostics& diagnostics)
      : scenario_(scenario), diagnostics_(diagnostics) {
    for (const Workload& workload : scenario.workloads) {
      names_.push_back(workload.ref.name);
      hosts_.push_back(
          fmt::format("{}.{}.svc.cluster.local", workload.ref.name, space_of(workload.ref)));
      known_.insert(workload.ref.name);
      known_.insert(workload.ref.name + "." + space_of(workload.ref));
    }
    for (const Load& load : scenario.loads) loads_.push_back(load.name);
    known_loads_.insert(loads_.begin(), loads_.end());
  }

  void labels() {
    for (const Expectation& expectation : scenario_.expectations) {
      for (const Figure& figure : expectation.figures) {
        for (const auto& [key, value] : figure.query.labels) label(expectation, key, value);
      }
    }
  }

  /// Of faults: loads that there are, and have a rate.
  void surges() {
    for (const Fault& fault : scenario_.faults) {
      if (fault.load.empty() || known_loads_.contains("")) continue;
      const auto load = std::ranges::find(scenario_.loads, fault.load, &Load::name);
      if (load == scenario_.loads.end()) {
        diagnostics_.add(unknown_name(
            fault.place, fmt::format("there is no load \"{}\"", fault.load), fault.load, loads_,
            loads_.empty() ? "declare it under load" : "loads are " + list_of(loads_)));
      } else if (load->kind != Load::Kind::kOpen) {
        const std::string_view has = load->kind == Load::Kind::kClosed ? "users" : "a trace";
        diagnostics_.add(unknown_name(
            fault.place, fmt::format("load \"{}\" has {} and no rate to multiply", fault.load, has),
            {}, {}, "let a load with a rate surge"));
      }
    }
  }

  /// What only holds where all workloads are the scenario's own.
  void names() {
    for (const Load& load : scenario_.loads) {
      if (load.gateway()) continue;  // that takes manifests
      if (!load.outside() && !load.from.name.empty() && !known(load.from))
        diagnostics_.add(unknown_source(load.from.place, load.from.text(), names_));
      for (const LoadOperation& operation : load.operations)
        if (!operation.to.host.empty()) host(operation.to, space_of(load.from));
    }
    for (const Workload& workload : scenario_.workloads) {
      const std::string ns = space_of(workload.ref);
      steps(workload.behaviour.calls, ns);
      for (const Operation& operation : workload.operations) steps(operation.behaviour.calls, ns);
      if (workload.start) steps(workload.start->calls, ns);
    }
    for (const Change& change : scenario_.changes) {
      for (const auto& [ref, replicas] : change.scale) workload(ref);
      if (!change.workload.name.empty()) workload(change.workload);
    }
    for (const Fault& fault : scenario_.faults) {
      if (!fault.workload.name.empty()) workload(fault.workload);
      if (!fault.pod.name.empty()) pod(fault.pod);
      if (!fault.edge_from.name.empty()) workload(fault.edge_from);
      if (!fault.edge_to.name.empty()) workload(fault.edge_to);
    }
  }

 private:
  void label(const Expectation& expectation, const std::string& key, const std::string& value) {
    if (key != "load" || known_loads_.contains(value)) return;
    if (known_loads_.contains("")) return;  // it may be the one whose name was not read
    diagnostics_.add(unknown_name(
        expectation.place, fmt::format("{}: there is no load \"{}\"", expectation.path, value),
        value, loads_, loads_.empty() ? "declare it under load" : "loads are " + list_of(loads_)));
  }

  /// Where all workloads are made up, those that say no namespace are in this one.
  static std::string space_of(const WorkloadRef& ref) {
    return ref.ns.empty() ? "default" : ref.ns;
  }

  bool known(const WorkloadRef& ref) const { return known_.contains(ref.text()); }

  void workload(const WorkloadRef& ref) {
    if (!known(ref)) diagnostics_.add(unknown_workload(ref.place, ref.text(), names_));
  }

  void pod(const WorkloadRef& ref) {
    std::vector<WorkloadPods> all;
    for (const Workload& workload : scenario_.workloads) {
      const std::string& ns = workload.ref.ns.empty() ? "default" : workload.ref.ns;
      if (!ref.ns.empty() && ref.ns != ns) continue;
      WorkloadPods& one = all.emplace_back(workload.ref.name);
      for (int i = 0; i < workload.replicas.value_or(1); ++i) {
        one.pods.push_back(fmt::format("{}-{}", one.name, i));
        if (one.pods.back() == ref.name) return;
      }
    }
    diagnostics_.add(unknown_pod(ref.place, ref.text(), all));
  }

  void host(const Url& url, const std::string& ns) {
    std::string_view name = url.host;
    for (const std::string_view suffix : {".svc.cluster.local", ".svc"}) {
      if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
    }
    if (known({.name = std::string(name), .ns = {}}) || known(ref_of(name))) return;
    diagnostics_.add(unknown_host(url.place, url.host, ns, hosts_));
  }

  void steps(const std::vector<Step>& list, const std::string& ns) {
    for (const Step& step : list) {
      if (!step.to.host.empty()) host(step.to, ns);
      steps(step.steps, ns);
    }
  }

  const Scenario& scenario_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> names_;
  std::vector<std::string> hosts_;
  std::vector<std::string_view> loads_;
  std::unordered_set<std::string> known_;  // NAME and NAME.NAMESPACE
  std::unordered_set<std::string_view> known_loads_;
};

void check_replicas(const Scenario& scenario, Diagnostics& diagnostics) {
  std::int64_t total = 0;
  for (const Workload& workload : scenario.workloads) {
    total += workload.replicas.value_or(1);
    if (total <= kMostReplicas) continue;
    diagnostics.add({workload.place.file ? *workload.place.file : std::string(),
                     workload.place.line, workload.place.column, Severity::kError,
                     fmt::format("more than {} replicas in all", kMostReplicas),
                     "write fewer replicas"});
    return;
  }
}

}  // namespace

void check_references(const Scenario& scenario, Diagnostics& diagnostics) {
  check_replicas(scenario, diagnostics);
  References references(scenario, diagnostics);
  references.labels();
  references.surges();
  if (scenario.manifests.empty()) references.names();
}

}  // namespace squall::scenarios
