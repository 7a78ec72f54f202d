// When proxies learn who is there.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::RunText;

RunText unready(const std::string& mesh, int clients = 1) {
  return RunText("spec:\n  duration: 60s\n  mesh: {" + mesh +
                 "}\n  workloads: {client: {replicas: " + std::to_string(clients) +
                 "}, app: {replicas: 2, latency: 1ms}}\n"
                 "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: "
                 "100/s}]\n"
                 "  faults: [{at: 20s, pod: app-0, unready: {}}]\n");
}

TEST(Endpoints, AChangeIsKnownAtOnceWithoutADelay) {
  const RunText run = unready("");
  EXPECT_NEAR(static_cast<double>(run.report.endpoints(0).requests()), 1000, 100);
}

TEST(Endpoints, APushTakesItsTimeToEachProxy) {
  const RunText run = unready("push: {delay: 20s}");
  EXPECT_NEAR(static_cast<double>(run.report.endpoints(0).requests()), 2000, 140);
  // Uniform from 0 to 40 s: twenty proxies lose it one after the other.
  const RunText many = unready("push: {delay: {uniform: {min: 0s, max: 40s}}}", 20);
  EXPECT_NEAR(static_cast<double>(many.report.endpoints(0).requests()), 2000, 300);
}

TEST(Endpoints, APushThatIsOvertakenChangesNothing) {
  // Ten replicas turn unready and ready again; in the end each proxy knows all of them.
  std::string faults;
  for (int i = 0; i < 10; ++i)
    faults += "    - {at: " + std::to_string(5 + i) + "s, for: 1s, pod: app-" + std::to_string(i) +
              ", unready: {}}\n";
  const RunText run(
      "spec:\n  warmup: 60s\n  duration: 120s\n  mesh: {push: {delay: {exponential: {mean: 5s}}}}\n"
      "  workloads: {client: {replicas: 5}, app: {replicas: 10, latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, rate: 100/s}]\n  faults:\n" +
      faults);
  for (int i = 0; i < 10; ++i)
    EXPECT_NEAR(static_cast<double>(run.report.endpoints(i).requests()), 600, 130) << i;
}

TEST(Endpoints, NobodyReadyIsNoHealthyUpstream) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {client: {}, app: {replicas: 2, latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, rate: 10/s}]\n"
      "  faults: [{at: 10s, workload: app, unready: {}}]\n");
  EXPECT_GT(run.report.loads(0).flags().at("UH"), 70U);
}

// A replica that comes back at 100 s has a tenth of its share at first, which grows for a minute;
// at 80 s none is new any more.
TEST(Endpoints, WithWarmupAReplicaThatComesBackHasMoreAndMoreOfItsShare) {
  for (const std::string balancer : {"ROUND_ROBIN", "LEAST_REQUEST"}) {
    const RunText run(
        "spec:\n  duration: 180s\n  workloads: {web: {}, app: {replicas: 2}}\n"
        "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 500/s}]\n"
        "  faults: [{at: 80s, for: 20s, pod: app-1, unready: {}}]\n  expect:\n"
        "    - 'rate{pod=\"app-1\"}[0s:80s] in 240..260'\n"
        "    - 'rate{pod=\"app-1\"}[80s:100s] == 0'\n"
        "    - 'rate{pod=\"app-1\"}[100s:106s] in 40..51'\n"    // 0.1 of 1.1
        "    - 'rate{pod=\"app-1\"}[129s:131s] in 160..172'\n"  // a half of 1.5
        "    - 'rate{pod=\"app-1\"}[161s:180s] in 240..260'\n" +
        destination_rule("app",
                         "loadBalancer: {simple: " + balancer + ", warmup: {duration: 60s}}"));
    ASSERT_EQ(run.expectations.size(), 5U);
    for (const auto& one : run.expectations)
      EXPECT_TRUE(one.ok) << balancer << ": " << one.text << ": " << one.why;
  }
}

}  // namespace
}  // namespace squall::sim
