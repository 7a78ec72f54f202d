// Whom callers without a sidecar choose from.
#include "sim/ready_endpoints.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

TEST(ReadyEndpoints, CallersFollowEachChange) {
  for (const std::string client : {"", ", client: {balance: {choices: 1}}"}) {
    const RunText run(
        "spec:\n  duration: 50s\n  workloads: {app: {replicas: 3}}\n"
        "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, rate: 300/s" +
        client +
        "}]\n  faults:\n"
        "    - {at: 10s, for: 10s, pod: app-0, unready: {}}\n"
        "    - {at: 30s, for: 10s, pod: app-1, crash: {}}\n  expect:\n"
        "    - 'success == 100%'\n"
        "    - 'rate{pod=\"app-0\"}[0s:10s] in 85..115'\n"
        "    - 'rate{pod=\"app-0\"}[10s:20s] == 0'\n"
        "    - 'rate{pod=\"app-1\"}[10s:20s] in 135..165'\n"
        "    - 'rate{pod=\"app-0\"}[20s:30s] in 85..115'\n"
        "    - 'rate{pod=\"app-1\"}[30s:40s] == 0'\n"
        "    - 'rate{pod=\"app-1\"}[40s:50s] in 85..115'\n");
    ASSERT_EQ(run.expectations.size(), 7U);
    for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text << ": " << one.why;
  }
}

}  // namespace
}  // namespace squall::sim
