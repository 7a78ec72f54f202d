#include "policies/lb/subset_plan.h"

#include <gtest/gtest.h>

namespace squall::policies::lb {
namespace {

using Hosts = std::vector<std::uint32_t>;

ClusterConfig cluster_of(std::vector<MetadataPairs> hosts) {
  ClusterConfig cluster;
  for (MetadataPairs& metadata : hosts) cluster.hosts.emplace_back().lb_metadata = metadata;
  cluster.subsets.emplace();
  return cluster;
}
SubsetSelector selector(std::vector<std::string> keys,
                        SubsetFallback fallback = SubsetFallback::kNotDefined) {
  SubsetSelector result;
  result.keys = std::move(keys);
  result.fallback = fallback;
  return result;
}

/// The host sets that a request with these criteria is looked up in, in order.
std::vector<Hosts> plan(ClusterConfig cluster, const MetadataCriteria& criteria) {
  cluster.criteria = {criteria};
  const ClusterLayout layout = layout_of(cluster, {});
  std::vector<Hosts> result;
  for (const SubsetStep& step : layout.plans[criteria.empty() ? 0 : 1])
    result.push_back(layout.subsets[step.subset].priorities[0].hosts);
  return result;
}

const std::vector<MetadataPairs> kHosts = {
    {{"v", "1"}, {"env", "prod"}}, {{"v", "2"}, {"env", "prod"}}, {{"v", "2"}, {"env", "dev"}}};

TEST(Subsets, KeysMustBeASelectorsExactly) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->selectors = {selector({"v"}), selector({"env", "v"})};
  EXPECT_EQ(plan(cluster, {{{"v", "2"}}, {}}), (std::vector<Hosts>{{1, 2}}));
  EXPECT_EQ(plan(cluster, {{{"env", "dev"}, {"v", "2"}}, {}}), (std::vector<Hosts>{{2}}));
  EXPECT_TRUE(plan(cluster, {{{"env", "dev"}}, {}}).empty());
  EXPECT_TRUE(plan(cluster, {{{"v", "3"}}, {}}).empty());
  EXPECT_TRUE(plan(cluster, {}).empty());
}

TEST(Subsets, FallBackAsTheSelectorSaysElseAsTheCluster) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->fallback = SubsetFallback::kDefaultSubset;
  cluster.subsets->default_subset = {{"env", "dev"}};
  const MetadataCriteria missing{{{"v", "3"}}, {}};
  cluster.subsets->selectors = {selector({"v"})};
  EXPECT_EQ(plan(cluster, missing), (std::vector<Hosts>{{2}}));
  cluster.subsets->selectors = {selector({"v"}, SubsetFallback::kNone)};
  EXPECT_TRUE(plan(cluster, missing).empty());
  cluster.subsets->panic_mode_any = true;  // after the cluster's fallback alone
  EXPECT_TRUE(plan(cluster, missing).empty());
  cluster.subsets->panic_mode_any = false;
  cluster.subsets->selectors = {selector({"v"}, SubsetFallback::kAnyEndpoint)};
  EXPECT_EQ(plan(cluster, missing), (std::vector<Hosts>{{0, 1, 2}}));
  cluster.subsets->selectors = {selector({"v"}, SubsetFallback::kDefaultSubset)};
  cluster.subsets->fallback = SubsetFallback::kAnyEndpoint;
  EXPECT_EQ(plan(cluster, missing), (std::vector<Hosts>{{2}}));
}

TEST(Subsets, OnlyTheClustersFallbackIsCounted) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->fallback = SubsetFallback::kAnyEndpoint;
  cluster.subsets->default_subset = {{"env", "dev"}};
  cluster.criteria = {{{{"v", "3"}}, {}}};
  const auto stat = [&](SubsetFallback fallback) {
    cluster.subsets->selectors = {selector({"v"}, fallback)};
    return layout_of(cluster, {}).plans[1].front().stat;
  };
  EXPECT_EQ(stat(SubsetFallback::kNotDefined), LbStat::kSubsetsFallback);
  EXPECT_EQ(stat(SubsetFallback::kAnyEndpoint), std::nullopt);
  EXPECT_EQ(stat(SubsetFallback::kDefaultSubset), std::nullopt);
}

TEST(Subsets, HashTablesOfAPartOfTheHostsUseWhatTheSubsetMakesOfLocalities) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->selectors = {selector({"v"})};
  cluster.criteria = {{{{"v", "2"}}, {}}};
  cluster.lb = LbPolicy::kRingHash;
  EXPECT_EQ(layout_of(cluster, {}).subsets.front().seen, nullptr);
  cluster.locality_weighted = true;
  const ClusterLayout layout = layout_of(cluster, {});
  ASSERT_NE(layout.subsets.front().seen, nullptr);
  EXPECT_FALSE(layout.subsets.front().seen->locality_weighted);
  EXPECT_EQ(layout.seen, nullptr);
}

TEST(Subsets, FewerKeysAreALookUpOfTheirOwn) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->selectors = {selector({"env", "v"}, SubsetFallback::kKeysSubset),
                                selector({"v"})};
  cluster.subsets->selectors[0].fallback_keys = {"v"};
  EXPECT_EQ(plan(cluster, {{{"env", "test"}, {"v", "2"}}, {}}), (std::vector<Hosts>{{1, 2}}));
  EXPECT_TRUE(plan(cluster, {{{"env", "test"}, {"v", "9"}}, {}}).empty());
}

TEST(Subsets, PanicModeAnyIsTheLastStep) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->fallback = SubsetFallback::kDefaultSubset;
  cluster.subsets->default_subset = {{"env", "dev"}};
  cluster.subsets->panic_mode_any = true;
  EXPECT_EQ(plan(cluster, {}), (std::vector<Hosts>{{2}, {0, 1, 2}}));
}

TEST(Subsets, AFallbackListIsTriedInOrder) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->fallback_list = true;
  cluster.subsets->selectors = {selector({"v"})};
  const MetadataCriteria criteria{{{"v", "9"}}, {{{"v", "1"}}, {{"v", "2"}}}};
  EXPECT_EQ(plan(cluster, criteria), (std::vector<Hosts>{{0}, {1, 2}}));
  cluster.subsets->fallback_list = false;
  EXPECT_TRUE(plan(cluster, criteria).empty());
}

TEST(Subsets, AnEarlierSelectorThatGoesOnWithMoreKeysHidesAFallback) {
  ClusterConfig cluster = cluster_of(kHosts);
  cluster.subsets->fallback = SubsetFallback::kAnyEndpoint;
  SubsetSelector longer = selector({"env", "v"}), shorter = selector({"env"});
  shorter.fallback = SubsetFallback::kNone;
  cluster.subsets->selectors = {shorter, longer};
  EXPECT_TRUE(plan(cluster, {{{"env", "none"}}, {}}).empty());
  cluster.subsets->selectors = {longer, shorter};
  EXPECT_EQ(plan(cluster, {{{"env", "none"}}, {}}), (std::vector<Hosts>{{0, 1, 2}}));
}

TEST(Subsets, AListCountsByEachValueWhenItMay) {
  ClusterConfig cluster = cluster_of({{{"v", "1"}, {"v", "2"}}, {{"v", "1"}}});
  cluster.subsets->selectors = {selector({"v"})};
  EXPECT_EQ(plan(cluster, {{{"v", "1"}}, {}}), (std::vector<Hosts>{{1}}));
  cluster.subsets->list_as_any = true;
  EXPECT_EQ(plan(cluster, {{{"v", "1"}}, {}}), (std::vector<Hosts>{{0, 1}}));
  cluster.subsets->selectors[0].single_host = true;
  EXPECT_EQ(plan(cluster, {{{"v", "1"}}, {}}), (std::vector<Hosts>{{0}}));
}

TEST(Subsets, AWeightedClustersValuesWin) {
  const MetadataCriteria sum =
      merged({{{"a", "1"}, {"b", "1"}}, {}}, {{{"b", "2"}, {"c", "3"}}, {}});
  EXPECT_EQ(sum.pairs, (MetadataPairs{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

}  // namespace
}  // namespace squall::policies::lb
