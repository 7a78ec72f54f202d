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

TEST(ReadSidecar, WhatEachCostsAndAWorkloadsOwnWorkers) {
  const Scenario s = good_spec(
      "  mesh: {sidecar: {workers: 3, cpu: 60us, memory: {base: 60Mi, connection: 20Ki, limit: "
      "1Gi}}}\n  workloads: {app: {sidecar: {workers: 1}}, db: {}}\n");
  EXPECT_EQ(s.mesh.sidecar.workers, 3);
  EXPECT_EQ(s.mesh.sidecar.cpu, std::chrono::microseconds(60));
  ASSERT_TRUE(s.mesh.sidecar.memory.has_value());
  EXPECT_EQ(s.mesh.sidecar.memory->connection, 20 * 1024);
  EXPECT_EQ(s.mesh.sidecar.memory->limit, std::int64_t{1} << 30);
  EXPECT_EQ(s.workloads[0].sidecar_workers, 1);
  EXPECT_FALSE(s.workloads[0].envoy.has_value());
  EXPECT_FALSE(s.workloads[1].sidecar_workers.has_value());
  EXPECT_FALSE(good_spec("  workloads: {app: {}}\n").mesh.sidecar.any());
  EXPECT_EQ(wrong_spec("  mesh: {sidecar: {memory: {base: 2Gi, limit: 1Gi}}}\n"),
            "error: spec.mesh.sidecar.memory: connection is missing; write connection: 20Ki\n"
            "error: spec.mesh.sidecar.memory.base: is more than limit; leave room for "
            "connections\n");
  EXPECT_EQ(
      wrong_spec("  mesh: {sidecar: {memory: {base: 1Gi, connection: 1Ki, limit: 1Gi}}}\n"),
      "error: spec.mesh.sidecar.memory.limit: has no room for a connection beside base; let it be "
      "more\n");
}

}  // namespace
}  // namespace squall::scenarios
