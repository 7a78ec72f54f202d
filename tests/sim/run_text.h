// RunText: a scenario written in a test, run, with its figures by name.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/check.h"
#include "reports/pool.h"
#include "scenarios/judge.h"
#include "scenarios/reader.h"
#include "sim/run.h"

namespace squall::testing {

inline std::string all_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& one : diagnostics.sorted()) out += to_string(one) + "\n";
  return out;
}

/// The `load` part: one request, at 1 s.
inline std::string once(const std::string& url, const std::string& from = "outside",
                        const std::string& more = "") {
  return "  load: [{name: load, from: " + from + ", to: \"" + url + "\"" + more +
         ", arrivals: constant, steps: [{at: 0s, rate: 1/s}, {at: 1500ms, rate: 0/s}]}]\n";
}

inline std::string virtual_service(const std::string& host, const std::string& route) {
  return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + host +
         ", namespace: default}\nspec: {hosts: [" + host +
         "], http: [{route: [{destination: {host: " + host + "}}], " + route + "}]}\n";
}

inline std::string destination_rule(const std::string& host, const std::string& policy) {
  return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " +
         host + ", namespace: default}\nspec: {host: " + host + ", trafficPolicy: {" + policy +
         "}}\n";
}

class RunText {
 public:
  /// `text`: from `spec:` on; manifests may follow after `---`. Names are short or qualified.
  explicit RunText(const std::string& text) {
    auto scenario = scenarios::read_scenario(
        "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + text, "s.yaml", {});
    EXPECT_TRUE(scenario.has_value()) << (scenario ? "" : all_of(scenario.error()));
    if (!scenario) return;
    auto data = sim::run(*scenario, warnings);
    EXPECT_TRUE(data.has_value()) << (data ? "" : all_of(data.error()));
    if (!data) return;
    report = reports::to_report(*data);
    expectations = scenarios::judge(*scenario, data->answers);
  }

  const reports::Load& load(std::string_view name) const {
    return found(report.loads(), [&](const auto& one) { return one.name() == name; });
  }
  const reports::Edge& edge(std::string_view source, std::string_view service) const {
    return found(report.edges(), [&](const auto& one) {
      return is(one.source(), source) && is(one.service(), service);
    });
  }
  const reports::Workload& workload(std::string_view name) const {
    return found(report.workloads(), [&](const auto& one) { return is(one.name(), name); });
  }
  const reports::Endpoint& endpoint(std::string_view pod) const {
    return found(report.endpoints(), [&](const auto& one) { return is(one.pod(), pod); });
  }
  /// "1.5 crashed app-0.default", a line each.
  std::string timeline() const {
    std::string out;
    for (const reports::Happening& one : report.timeline()) {
      std::string at = std::to_string(one.at_s());
      at.resize(at.find('.') + 4);
      out += at + " " + one.what() + " " + one.who() + "\n";
    }
    return out;
  }

  reports::RunReport report;
  std::vector<reports::ExpectationResult> expectations;
  Diagnostics warnings;

 private:
  static bool is(std::string_view name, std::string_view wanted) {
    return name == wanted || (name.starts_with(wanted) && name.substr(wanted.size()) == ".default");
  }
  template <class List, class Is>
  static const typename List::value_type& found(const List& list, const Is& is_it) {
    const auto at = std::ranges::find_if(list, is_it);
    SQUALL_CHECK(at != list.end());
    return *at;
  }
};

}  // namespace squall::testing
