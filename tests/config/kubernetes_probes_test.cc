#include "config/kubernetes_probes.h"

#include <gtest/gtest.h>

#include "config/document.h"

namespace squall::config {
namespace {

Probes read(const std::string& text, Diagnostics& diagnostics) {
  const auto documents = parse_documents(text, "pod.yaml");
  Probes out;
  Fields f(documents->front(), "", diagnostics);
  read_probes(f, out);
  return out;
}

TEST(KubernetesProbes, HaveTheApisDefaults) {
  Diagnostics none;
  const Probes probes = read("readinessProbe: {httpGet: {path: /ready, port: http}}", none);
  ASSERT_TRUE(probes.readiness.has_value());
  EXPECT_FALSE(probes.liveness || probes.startup);
  EXPECT_EQ(probes.readiness->path, "/ready");
  EXPECT_EQ(probes.readiness->period, 10s);
  EXPECT_EQ(probes.readiness->timeout, 1s);
  EXPECT_EQ(probes.readiness->failure_threshold, 3);
  EXPECT_FALSE(none.has_errors());
}

TEST(KubernetesProbes, SayHowTheyAreMade) {
  Diagnostics none;
  const Probes probes = read(
      "readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 3}\n"
      "livenessProbe: {exec: {command: [ls]}, initialDelaySeconds: 5}\n"
      "startupProbe: {grpc: {port: 80}, failureThreshold: 30}\n",
      none);
  EXPECT_EQ(probes.readiness->how, Probe::How::kTcp);
  EXPECT_EQ(probes.readiness->period, 3s);
  EXPECT_EQ(probes.liveness->how, Probe::How::kExec);
  EXPECT_EQ(probes.liveness->initial_delay, 5s);
  EXPECT_EQ(probes.startup->path, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(probes.startup->failure_threshold, 30);
}

TEST(KubernetesProbes, WhatAnApiServerRefusesIsAnError) {
  for (const char* text : {"readinessProbe: {}", "readinessProbe: {exec: {}, tcpSocket: {port: 1}}",
                           "livenessProbe: {exec: {}, periodSeconds: 0}",
                           "livenessProbe: {exec: {}, successThreshold: 2}",
                           "livenessProbe: {exec: {}, failureThreshold: -1}"}) {
    Diagnostics diagnostics;
    read(text, diagnostics);
    EXPECT_TRUE(diagnostics.has_errors()) << text;
  }
}

}  // namespace
}  // namespace squall::config
