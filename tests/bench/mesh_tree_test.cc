// Whether the benchmark's tree is the workload that it says: its shape, and a hop to each service.
#include "tests/bench/mesh_tree.h"

#include <gtest/gtest.h>

namespace squall::bench {
namespace {

TEST(MeshTree, ARequestIsAHopToEachService) {
  MeshTree tree(25, 6, 2, 100);  // a root, six services and three times six below them
  EXPECT_EQ(tree.hops_a_request(), 25U);
  EXPECT_EQ(tree.model().pods.size(), 1 + 25 * 2U);
  const std::uint64_t ended = tree.run(200);
  EXPECT_GT(ended, 150U);
  EXPECT_EQ(tree.outcomes().successes, tree.outcomes().ended);
  std::uint64_t hops = 0;
  for (const reports::EdgeData& edge : tree.data().edges) hops += edge.outcomes.ended;
  EXPECT_NEAR(static_cast<double>(hops), 25.0 * static_cast<double>(ended), 50);
  EXPECT_NEAR(*tree.outcomes().latency.mean_s(), 3e-3, 1e-5);  // of three levels
}

TEST(MeshTree, PodsHaveASidecarOnTheWayInAndCallersOneOnTheWayOut) {
  const MeshTree tree(25, 6, 2, 100);
  std::size_t out = 0;
  for (const sim::PodModel& pod : tree.model().pods) {
    EXPECT_NE(pod.inbound, kNone) << pod.name;
    if (pod.outbound != kNone) ++out;
  }
  EXPECT_EQ(out, 1 + 2 * 4U);  // the client; of 25 services four call others
}

}  // namespace
}  // namespace squall::bench
