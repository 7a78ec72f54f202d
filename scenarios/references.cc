#include <fmt/format.h>

#include <algorithm>

#include "scenarios/read_parts.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

class References {
 public:
  References(const Scenario& scenario, Diagnostics& diagnostics)
      : scenario_(scenario), diagnostics_(diagnostics) {
    for (const Workload& workload : scenario.workloads) names_.push_back(workload.ref.name);
    for (const Load& load : scenario.loads) loads_.push_back(load.name);
  }

  void labels() {
    for (const Expectation& expectation : scenario_.expectations) {
      for (const reports::Query& query : expectation.queries) {
        for (const auto& [key, value] : query.labels) label(expectation, key, value);
      }
    }
  }

  /// What only holds where all workloads are the scenario's own.
  void names() {
    for (const Load& load : scenario_.loads) {
      if (!load.outside && !load.from.name.empty())
        workload(load.from, load.place, "write a workload of the scenario, or outside");
      if (!load.to.host.empty()) host(load.to, load.place);
    }
    for (const Workload& workload : scenario_.workloads) {
      steps(workload.behaviour.calls);
      for (const Operation& operation : workload.operations) steps(operation.behaviour.calls);
    }
    for (const Fault& fault : scenario_.faults) {
      if (!fault.workload.name.empty()) workload(fault.workload, fault.place, {});
    }
  }

 private:
  void report(const config::Place& place, std::string what, std::string advice) {
    diagnostics_.add({place.file == nullptr ? std::string() : *place.file, place.line, place.column,
                      Severity::kError, std::move(what), std::move(advice)});
  }

  void label(const Expectation& expectation, const std::string& key, const std::string& value) {
    if (key != "load" || std::find(loads_.begin(), loads_.end(), value) != loads_.end()) return;
    report(expectation.place, fmt::format("\"{}\" is no load", value),
           loads_.empty() ? "" : name_advice(value, loads_, "loads are"));
  }

  bool known(const WorkloadRef& ref) const {
    return std::any_of(
        scenario_.workloads.begin(), scenario_.workloads.end(), [&](const Workload& workload) {
          const std::string& ns = workload.ref.ns.empty() ? "default" : workload.ref.ns;
          return workload.ref.name == ref.name && (ref.ns.empty() || ref.ns == ns);
        });
  }

  void workload(const WorkloadRef& ref, const config::Place& place, std::string_view otherwise) {
    if (known(ref)) return;
    const auto near = config::nearest(ref.name, names_);
    report(place, fmt::format("\"{}\" is no workload", ref.text()),
           near ? fmt::format("did you mean \"{}\"?", *near) : std::string(otherwise));
  }

  void host(const Url& url, const config::Place& place) {
    std::string_view name = url.host;
    for (const std::string_view suffix : {".svc.cluster.local", ".svc"}) {
      if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
    }
    if (known({std::string(name), {}}) || known(ref_of(name))) return;
    const auto near = config::nearest(name, names_);
    report(place, fmt::format("no workload answers to \"{}\"", url.host),
           near ? fmt::format("did you mean \"{}\"?", *near)
                : "declare it under workloads, or give its Service in a manifest");
  }

  void steps(const std::vector<Step>& list) {
    for (const Step& step : list) {
      if (!step.to.host.empty()) host(step.to, step.place);
      steps(step.steps);
    }
  }

  const Scenario& scenario_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> loads_;
};

}  // namespace

void check_references(const Scenario& scenario, Diagnostics& diagnostics) {
  References references(scenario, diagnostics);
  references.labels();
  if (scenario.manifests.empty()) references.names();
}

}  // namespace squall::scenarios
