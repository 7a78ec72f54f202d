#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

const std::string kApp = "  workloads: {app: {replicas: 4}}\n";

Fault fault_of(const std::string& fields) {
  const Scenario s = good_spec(kApp + "  faults: [{at: 5s, " + fields + "}]\n");
  return s.faults.empty() ? Fault{} : s.faults[0];
}

std::string wrong(const std::string& fields) {
  return wrong_spec(kApp + "  faults: [{at: 5s, " + fields + "}]\n");
}

TEST(ReadFaults, WithoutForAFaultLastsToTheEnd) {
  EXPECT_FALSE(fault_of("workload: app, hang: {}").lasts);
  EXPECT_EQ(fault_of("workload: app, for: 3s, hang: {}").lasts, 3s);
}

TEST(ReadFaults, SlowReplacesTheWorkOrMultipliesIt) {
  const Fault factor = fault_of("workload: app, slow: {factor: 20, ratio: 25%}");
  EXPECT_EQ(factor.kind, Fault::Kind::kSlow);
  EXPECT_EQ(factor.factor, 20);
  EXPECT_EQ(factor.ratio, 0.25);
  EXPECT_FALSE(factor.latency);
  EXPECT_EQ(fault_of("workload: app, slow: {latency: 30s}").latency->sample(0), 30s);
}

TEST(ReadFaults, AnErrorIsOfAllRequestsUnlessItSaysARatio) {
  const Fault all = fault_of("workload: app, error: {grpc: 14}");
  EXPECT_EQ(all.error.ratio, 1);
  EXPECT_EQ(all.error.status, 200);
  EXPECT_EQ(all.error.grpc, 14);
  EXPECT_EQ(fault_of("workload: app, error: {ratio: 5%, status: 500}").error.ratio, 0.05);
}

TEST(ReadFaults, ACrashIsOfWhatIsThereUnlessItSays) {
  EXPECT_EQ(fault_of("pod: app-0, crash: {}").of, Fault::Of::kDefault);
  EXPECT_EQ(fault_of("pod: app-0, crash: {of: pod}").of, Fault::Of::kPod);
  EXPECT_EQ(fault_of("pod: app-0, crash: {of: container, restart_after: 9s}").restart_after, 9s);
}

TEST(ReadFaults, AShareIsAboveNothingAndOfAWorkload) {
  EXPECT_EQ(fault_of("workload: app, share: 30%, hang: {}").share, 0.3);
  EXPECT_EQ(wrong("workload: app, share: 0%, hang: {}"),
            "error: spec.faults[0].share: expected a ratio greater than 0% and at most 100%, got "
            "\"0%\"\n");
  EXPECT_EQ(wrong("pod: app-1, share: 30%, hang: {}"),
            "error: spec.faults[0].share: is a share of a workload's replicas; leave it out beside "
            "pod\n");
}

TEST(ReadFaults, ARampIsForWhatCanBeGradualAndEndsWithTheFault) {
  EXPECT_EQ(fault_of("workload: app, for: 9s, ramp: 9s, slow: {factor: 2}").ramp, 9s);
  EXPECT_EQ(wrong("workload: app, for: 9s, ramp: 10s, slow: {factor: 2}"),
            "error: spec.faults[0].ramp: lasts longer than the fault; make it at most as long as "
            "`for`\n");
  EXPECT_EQ(
      wrong("workload: app, ramp: 1s, hang: {}"),
      "error: spec.faults[0].ramp: is for slow, error, cpu, surge and loss: others are there or "
      "not; leave it out\n");
}

TEST(ReadFaults, OneTargetAndOneKind) {
  EXPECT_EQ(wrong("hang: {}"),
            "error: spec.faults[0]: one of workload, pod, labels, zone, edge, load, proxies is "
            "missing\n");
  EXPECT_EQ(wrong("workload: app"),
            "error: spec.faults[0]: one of slow, error, crash, hang, cpu, surge, unready, flush, "
            "certificate, dns, partition, loss, delay, drop_connections is missing\n");
}

TEST(ReadFaults, ACpuIsSlowedToAShareOfItsSpeed) {
  const Fault cpu = fault_of("workload: app, for: 9s, ramp: 2s, cpu: {factor: 0.2}");
  EXPECT_EQ(cpu.kind, Fault::Kind::kCpu);
  EXPECT_EQ(cpu.factor, 0.2);
  EXPECT_EQ(cpu.ramp, 2s);
  EXPECT_EQ(fault_of("workload: app, cpu: {factor: 1}").factor, 1);
  EXPECT_EQ(wrong("workload: app, cpu: {factor: 5}"),
            "error: spec.faults[0].cpu.factor: expected a number greater than 0 and at most 1, got "
            "5\n");
  EXPECT_EQ(wrong("workload: app, cpu: {}"),
            "error: spec.faults[0].cpu: factor is missing; write {factor: 0.2}: a fifth of its "
            "speed\n");
}

TEST(ReadFaults, SidecarsHaveMessagesAndCertificates) {
  const Fault delay = fault_of("proxies: app, share: 50%, delay: {latency: 5ms}");
  EXPECT_TRUE(delay.proxies);
  EXPECT_EQ(delay.workload.name, "app");
  EXPECT_EQ(delay.share, 0.5);
  EXPECT_EQ(fault_of("proxies: app, certificate: {expire: {}}").kind, Fault::Kind::kCertificate);
  EXPECT_EQ(wrong("proxies: app, cpu: {factor: 0.5}"),
            "error: spec.faults[0].cpu: says nothing of sidecars, which take no time of their own; "
            "write delay: {latency: 5ms}, or workload: app\n");
  EXPECT_EQ(wrong("proxies: app, hang: {}"),
            "error: spec.faults[0].hang: is of replicas, not of their sidecars alone; write "
            "workload: app\n");
}

TEST(ReadFaults, ACertificateHasExpiredOrMeetsAClock) {
  EXPECT_FALSE(fault_of("workload: app, certificate: {expire: {}}").behind);
  EXPECT_EQ(fault_of("workload: app, certificate: {skew: 10m}").behind, 10min);
  EXPECT_EQ(fault_of("pod: app-0, certificate: {skew: -13h}").behind, -13h);
  EXPECT_EQ(wrong("workload: app, certificate: {}"),
            "error: spec.faults[0].certificate: one of expire, skew is missing\n");
  EXPECT_EQ(
      wrong("workload: app, certificate: 10m"),
      "error: spec.faults[0].certificate: expected a mapping, got \"10m\"; write {skew: 10m}\n");
  EXPECT_EQ(
      wrong("workload: app, certificate: {skew: 0s}"),
      "error: spec.faults[0].certificate.skew: is none; write 10m: so far behind; -10m: so far "
      "ahead\n");
  EXPECT_EQ(good_spec("  mesh: {certificates: {lifetime: 1h}}\n").mesh.certificate_lifetime, 1h);
}

TEST(ReadFaults, DnsFailsOrIsStale) {
  EXPECT_TRUE(fault_of("workload: app, dns: {stale: {}}").stale);
  const Fault fail = fault_of("edge: {from: app, to: app}, dns: {fail: {}}");
  EXPECT_EQ(fail.kind, Fault::Kind::kDns);
  EXPECT_FALSE(fail.stale);
  EXPECT_EQ(wrong("workload: app, dns: {}"),
            "error: spec.faults[0].dns: one of stale, fail is missing\n");
  EXPECT_EQ(wrong("workload: app, dns: stale"),
            "error: spec.faults[0].dns: expected a mapping, got \"stale\"; write {stale: {}}\n");
}

TEST(ReadFaults, ASurgeIsOfALoadWithARate) {
  const std::string loads = kApp +
                            "  load: [{name: x, from: outside, to: http://app/, rate: 1/s}, "
                            "{name: y, from: outside, to: http://app/, users: 1}]\n";
  const Scenario s =
      good_spec(loads + "  faults: [{at: 5s, for: 9s, ramp: 1s, load: x, surge: {factor: 0}}]\n");
  ASSERT_EQ(s.faults.size(), 1U);
  EXPECT_EQ(s.faults[0].kind, Fault::Kind::kSurge);
  EXPECT_EQ(s.faults[0].load, "x");
  EXPECT_EQ(s.faults[0].factor, 0);
  const auto mistake = [&](const std::string& fields) {
    return wrong_spec(loads + "  faults: [{at: 5s, " + fields + "}]\n");
  };
  EXPECT_EQ(mistake("load: y, surge: {factor: 2}"),
            "error: load \"y\" has users and no rate to multiply; let a load with a rate surge\n");
  EXPECT_EQ(mistake("load: xx, surge: {factor: 2}"),
            "error: there is no load \"xx\"; did you mean \"x\"?\n");
  EXPECT_EQ(
      mistake("load: x, hang: {}"),
      "error: spec.faults[0].load: is the target of a surge only; name a workload or a pod\n");
  EXPECT_EQ(mistake("workload: app, surge: {factor: 2}"),
            "error: spec.faults[0].surge: is of a load; write load: NAME instead of a workload\n");
  EXPECT_EQ(mistake("load: x, share: 20%, surge: {factor: 2}"),
            "error: spec.faults[0].share: is a share of replicas; leave it out\n");
  EXPECT_EQ(mistake("load: x, surge: 3"),
            "error: spec.faults[0].surge: expected a mapping, got 3; write {factor: 3}\n");
  EXPECT_EQ(mistake("load: x, surge: {}"),
            "error: spec.faults[0].surge: factor is missing; write {factor: 3}; 0 pauses\n");
}

TEST(ReadFaults, AFaultAfterTheLoadIsAWarning) {
  const Scenario s = good_spec(kApp + "  faults: [{at: 61s, workload: app, hang: {}}]\n");
  EXPECT_NE(lines_of(s.warnings).find("spec.faults[0]: begins when the load has ended"),
            std::string::npos);
}

TEST(ReadFaults, MessagesHaveADirectionAndAnEdge) {
  const Fault partition = fault_of("workload: app, partition: {direction: from}");
  EXPECT_EQ(partition.kind, Fault::Kind::kPartition);
  EXPECT_EQ(partition.direction, Fault::Direction::kFrom);
  const Fault loss = fault_of("edge: {from: app, to: app}, ramp: 2s, loss: {ratio: 5%}");
  EXPECT_EQ(loss.kind, Fault::Kind::kLoss);
  EXPECT_EQ(loss.ratio, 0.05);
  EXPECT_EQ(loss.edge_to.name, "app");
  EXPECT_EQ(fault_of("workload: app, delay: {latency: 3ms}").latency->sample(0), 3ms);
  EXPECT_EQ(fault_of("workload: app, crash: {of: node}").of, Fault::Of::kNode);
  EXPECT_EQ(wrong("edge: {from: app, to: app}, hang: {}"),
            "error: spec.faults[0].edge: is the target of a partition, of loss, delay, "
            "drop_connections or dns only; name a workload or a pod\n");
  EXPECT_EQ(wrong("workload: app, for: 1s, drop_connections: {}"),
            "error: spec.faults[0].for: says nothing: connections are dropped once; leave it "
            "out\n");
  EXPECT_EQ(wrong("workload: app, delay: 30ms"),
            "error: spec.faults[0].delay: expected a mapping, got \"30ms\"; write {latency: "
            "30ms}\n");
}

}  // namespace
}  // namespace squall::scenarios
