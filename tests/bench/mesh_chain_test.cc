// Whether the benchmark's chain is the workload that it says: routes, shares, loads, closed forms.
#include "tests/bench/mesh_chain.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squall::bench {
namespace {

double mean_ms(const reports::EdgeData& edge) { return *edge.outcomes.latency.mean_s() * 1e3; }

TEST(MeshChain, AHopSharesOneClientSidecarAndNoneIsOnTheWayIn) {
  const MeshChain chain(8);
  EXPECT_EQ(chain.world().proxies.size(), 10U);  // the client's and those of all hops but the last
  for (const sim::PodModel& pod : chain.model().pods) EXPECT_EQ(pod.inbound, kNone) << pod.name;
}

TEST(MeshChain, EveryRequestIsOneAttemptAHopAtSevenTenthsOfCapacity) {
  constexpr std::uint32_t kReplicas = 8;
  MeshChain chain(kReplicas);
  chain.run(20'000);
  const auto arrived = static_cast<double>(chain.data().loads[0].outcomes.requests);
  EXPECT_NEAR(arrived, 20'000, 3 * std::sqrt(20'000));
  for (std::uint32_t hop = 0; hop < MeshChain::kHops; ++hop) {
    const reports::EdgeData& edge = chain.edge(hop);
    EXPECT_EQ(edge.attempts, edge.outcomes.ended) << hop;
    EXPECT_EQ(edge.retries, 0U) << hop;
    // Some hundred are still on their way, and those upstream of a timeout go no further.
    EXPECT_NEAR(static_cast<double>(edge.attempts), arrived, 0.02 * arrived) << hop;
    const double utilization =
        chain.worked_s(hop) / (to_seconds(chain.now() - Instant{}) * kReplicas);
    EXPECT_NEAR(utilization, 0.7, 0.02) << hop;
  }
  const reports::Outcomes& outcomes = chain.data().loads[0].outcomes;
  EXPECT_GT(static_cast<double>(outcomes.successes), 0.99 * static_cast<double>(outcomes.ended));
}

// A core is held for own work only, so with random hosts each replica is an M/M/1 of a Jackson
// network: 1 ms / (1 - 0.7) a hop. Times of neighbouring requests depend on each other; 4 % is some
// three standard errors.
TEST(MeshChain, WithRandomHostsAHopTakesWhatJacksonsNetworkSays) {
  MeshChain chain(8, "RANDOM", "1h");
  chain.run(60'000);
  EXPECT_NEAR(*chain.data().loads[0].outcomes.latency.mean_s() * 1e3, 10 / 0.3, 0.04 * 10 / 0.3);
  EXPECT_NEAR(mean_ms(chain.edge(9)), 1 / 0.3, 0.04 / 0.3);
}

// The last hop's requests in flight are those in its queues, so two choices are the supermarket
// model: sum of rho^(2^i - 2) from i = 1 (Mitzenmacher 1996), 1.614 ms, for many replicas.
TEST(MeshChain, TheLastHopsTwoChoicesAreTheSupermarketModel) {
  MeshChain chain(200);
  chain.run(60'000);
  double expected = 0;
  for (int i = 1; i < 8; ++i) expected += std::pow(0.7, std::pow(2, i) - 2);
  EXPECT_NEAR(mean_ms(chain.edge(9)), expected, 0.03 * expected);
}

}  // namespace
}  // namespace squall::bench
