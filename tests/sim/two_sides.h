// TwoSides: a scenario written in a test, and the same with something changed.
#pragma once
#include <string>

#include "scenarios/reader.h"
#include "tests/sim/run_text.h"

namespace squall::testing {

/// `spec`: from `spec:` on; manifests may follow after `---`.
inline scenarios::Scenario read_text(const std::string& spec) {
  auto read = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + spec, "s.yaml", {});
  EXPECT_TRUE(read.has_value()) << (read ? "" : all_of(read.error()));
  return read ? *std::move(read) : scenarios::Scenario{};
}

/// A client with users and an open load on a server; half of the answers are errors.
inline std::string half_fails(const std::string& more = "") {
  return "spec:\n  duration: 12s\n  warmup: 2s\n  workloads:\n    client: {}\n"
         "    server: {latency: {exponential: {mean: 2ms}}, errors: {ratio: 50%, status: 503}}\n"
         "  load:\n    - {name: open, from: client, to: http://server/, rate: 50/s}\n"
         "    - {name: closed, from: client, to: http://server/, users: 3, "
         "think: {constant: 100ms}}\n" +
         more;
}

}  // namespace squall::testing
