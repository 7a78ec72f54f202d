#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

TEST(ReadNetwork, WhatIsNotSetTakesNoTime) {
  const Network none = good_spec("  workloads: {app: {}}\n").network;
  EXPECT_FALSE(none.latency);
  EXPECT_EQ(none.connect_round_trips, 0);
  EXPECT_EQ(none.tls_round_trips, 0);
  EXPECT_EQ(none.tls_cpu, 0s);
}

TEST(ReadNetwork, LatencyConnectingAndTls) {
  const Network all =
      good_spec(
          "  network: {latency: 200us, connect: {round_trips: 1}, tls: {round_trips: 2, cpu: "
          "2ms}}\n")
          .network;
  EXPECT_EQ(all.latency->sample(0), 200us);
  EXPECT_EQ(all.connect_round_trips, 1);
  EXPECT_EQ(all.tls_round_trips, 2);
  EXPECT_EQ(all.tls_cpu, 2ms);
}

TEST(ReadNetwork, RoundTripsAreWholeAndFew) {
  EXPECT_EQ(
      wrong_spec("  network: {connect: {round_trips: 101}}\n"),
      "error: spec.network.connect.round_trips: expected an integer from 0 to 100, got 101\n");
}

TEST(ReadNetwork, ZonesAreAPairAndSayHowManyReplicasThereAre) {
  const Scenario s = good_spec(
      "  network: {zones: [{between: [east/1, west/1], latency: 30ms}]}\n"
      "  workloads: {app: {zones: {east/1: 4, west/1: 2}}}\n");
  EXPECT_EQ(s.network.zones.at(0).other, "west/1");
  EXPECT_EQ(s.network.zones[0].latency.sample(0), 30ms);
  EXPECT_EQ(s.workloads[0].replicas, 6);
  EXPECT_EQ(s.workloads[0].zones[1], (std::pair<std::string, int>{"west/1", 2}));
}

TEST(ReadNetwork, ABandwidthIsInBitsASecond) {
  const auto zone = [](const std::string& bandwidth) {
    return "  network: {zones: [{between: [a, b], latency: 1ms, bandwidth: " + bandwidth + "}]}\n";
  };
  EXPECT_EQ(good_spec(zone("1Gbps")).network.zones[0].bandwidth, 1e9);
  EXPECT_EQ(good_spec(zone("2.5Mbps")).network.zones[0].bandwidth, 2.5e6);
  EXPECT_EQ(good_spec(zone("9600bps")).network.zones[0].bandwidth, 9600);
  for (const std::string wrong : {"0bps", "1GBps", "fast", "1e3bps", "-1Kbps"}) {
    EXPECT_EQ(wrong_spec(zone(wrong)),
              "error: spec.network.zones[0].bandwidth: expected a bandwidth such as 1Gbps or "
              "100Mbps, got \"" +
                  wrong + "\"\n");
  }
}

}  // namespace
}  // namespace squall::scenarios
