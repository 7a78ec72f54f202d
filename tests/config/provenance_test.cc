#include "config/provenance.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::config {
namespace {

policies::Provenance of(const std::string& istio) {
  const auto documents =
      parse_documents("name: x\nmetadata: {filter_metadata: {istio: " + istio + "}}\n", "b.yaml");
  EXPECT_TRUE(documents);
  return documents ? provenance_of(documents->front()) : policies::Provenance{};
}

TEST(Provenance, NamesTheResourceAsPeopleDo) {
  const auto route = of(
      "{config: /apis/networking.istio.io/v1/namespaces/shop/virtual-service/app, file: vs.yaml, "
      "line: 12, rule: 3}");
  EXPECT_EQ(route.resource, "VirtualService shop/app");
  EXPECT_EQ(route.file, "vs.yaml");
  EXPECT_EQ(route.line, 12);
  EXPECT_EQ(route.rule, 3);
  const auto cluster =
      of("{config: /apis/networking.istio.io/v1/namespaces/shop/destination-rule/app, line: 4}");
  EXPECT_EQ(cluster.resource, "DestinationRule shop/app");
  EXPECT_EQ(cluster.line, 4);
  EXPECT_EQ(cluster.rule, -1);
}

TEST(Provenance, OfClustersInTheirOrder) {
  const auto documents = parse_documents(
      "static_resources:\n  clusters:\n  - name: a\n"
      "  - {name: b, metadata: {filter_metadata: {istio: {config: /x}}}}\n",
      "b.yaml");
  ASSERT_TRUE(documents);
  const auto all = cluster_provenances(documents->front());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].resource, "");
  EXPECT_EQ(all[1].resource, "/x");
  EXPECT_TRUE(cluster_provenances(Node{}).empty());
}

TEST(Provenance, WhatItDoesNotKnowStaysAsItIs) {
  EXPECT_EQ(of("{config: /other}").resource, "/other");
  EXPECT_EQ(of("[1]").resource, "");
  EXPECT_EQ(provenance_of(Node{}).resource, "");
}

}  // namespace
}  // namespace squall::config
