#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

TEST(ReadSidecar, AnEnvoyConfigurationWrittenInPlace) {
  const Scenario s = good_spec("  workloads: {app: {sidecar: {envoy: {node: {id: x}}}}, db: {}}\n");
  ASSERT_TRUE(s.workloads[0].envoy.has_value());
  EXPECT_EQ(s.workloads[0].envoy->find("node")->find("id")->text, "x");
  EXPECT_FALSE(s.workloads[1].envoy.has_value());
}

TEST(ReadSidecar, AddressesOfBothFamiliesInOrder) {
  const Scenario s = good_spec(
      "  workloads: {app: {replicas: 2, addresses: ['10.0.0.7:8080', '[fd00::7]:80']}}\n");
  ASSERT_EQ(s.workloads[0].addresses.size(), 2U);
  EXPECT_EQ(s.workloads[0].addresses[0].text, "10.0.0.7:8080");
  EXPECT_EQ(s.workloads[0].addresses[1].text, "[fd00::7]:80");
}

TEST(ReadSidecar, WhatALaterVersionWillReadIsNamed) {
  EXPECT_EQ(wrong_spec("  workloads: {app: {sidecar: {workers: 2, envoy: {configs: []}}}}\n"),
            "error: \"workers\" cannot be simulated by this version of squall; leave it out\n"
            "error: \"a config_dump\" cannot be simulated by this version of squall; write its "
            "clusters and listeners into a static bootstrap\n");
}

}  // namespace
}  // namespace squall::scenarios
