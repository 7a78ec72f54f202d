#include "scenarios/reader.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHead =
    "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n";

std::string all_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& one : diagnostics.sorted()) out += to_string(one) + "\n";
  return out;
}

Scenario read(const std::string& spec, const ReadOptions& options = {}) {
  Result<Scenario> result = read_scenario(std::string(kHead) + spec, "s.yaml", options);
  EXPECT_TRUE(result.has_value()) << (result ? "" : all_of(result.error()));
  return result ? *std::move(result) : Scenario{};
}

std::string mistakes(const std::string& spec, const ReadOptions& options = {}) {
  const Result<Scenario> result = read_scenario(std::string(kHead) + spec, "s.yaml", options);
  return result ? "none" : all_of(result.error());
}

ReadOptions sets(std::vector<std::string> list) { return {std::move(list), {}}; }

constexpr const char* kUsualFields = R"(spec:
  seed: 7
  warmup: 20s
  duration: 3m
  mesh: {injection: false, mode: sidecar, istio: "1.31"}
  workloads:
    payment.shop:
      replicas: 4
      concurrency: 16
      queue: {limit: 0, order: fifo, full: reject}
      cpu: {cores: 2, sharing: processor}
      latency: {lognormal: {p50: 50ms, p99: 180ms}}
      errors: [{ratio: 0.1%, status: 503}, {ratio: 1%, grpc: 14, in: trailers}]
    checkout:
      latency: 2ms
      calls:
        - to: http://payment.shop:8080/pay?x=1
          method: POST
          headers: {X-Team: sre}
        - parallel:
            - {to: http://payment.shop/a, probability: 30%, on_error: ignore}
            - {to: http://payment.shop/b, times: 5, on_error: {status: 503}}
            - {to: http://payment.shop/c, on_error: {grpc: 14}}
      operations:
        - match: {path: {prefix: /health}, method: GET, headers: {x-a: b, x-c: {regex: "a|b"}}}
          latency: {constant: 100us}
          calls: []
  load:
    - {name: shoppers, from: outside, to: http://checkout/buy, rate: 200/s, arrivals: constant}
    - {name: ramp, from: checkout, to: http://payment.shop, steps: [{at: 0s, rate: 1/s}, {at: 60s, rate: 60/m, ramp: 10s}]}
    - {name: batch, from: checkout, to: http://payment.shop/, users: 20, think: {exponential: {mean: 1s}}}
  faults:
    - {at: 60s, for: 60s, ramp: 10s, workload: payment.shop, share: 50%, slow: {factor: 20}}
    - {at: 60s, pod: payment-1.shop, error: {ratio: 50%, status: 500}}
    - {at: 1s, workload: checkout, crash: {of: pod, restart_after: 20s}}
    - {at: 1s, workload: checkout, hang: {}}
  expect:
    - success{load="shoppers"} >= 99%
    - {expr: 'p99{load="batch"}[60s:] < 3s'}
)";

TEST(ScenarioReader, TheUsualFieldsAreRead) {
  const Scenario s = read(kUsualFields);
  EXPECT_EQ(s.name, "test");
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(s.warmup, 20s);
  EXPECT_EQ(s.duration, 180s);
  EXPECT_FALSE(s.mesh.injection);
  ASSERT_EQ(s.workloads.size(), 2U);
  const Workload& payment = s.workloads[0];
  EXPECT_EQ(payment.ref.text(), "payment.shop");
  EXPECT_EQ(payment.replicas, 4);
  EXPECT_EQ(payment.queue.limit, 0);
  EXPECT_EQ(payment.cpu->cores, 2);
  EXPECT_EQ(payment.cpu->sharing, Cpu::Sharing::kProcessor);
  ASSERT_EQ(payment.behaviour.errors.size(), 2U);
  EXPECT_DOUBLE_EQ(payment.behaviour.errors[0].ratio, 0.001);
  EXPECT_EQ(payment.behaviour.errors[1].grpc, 14);
  EXPECT_EQ(payment.behaviour.errors[1].status, 200);
  EXPECT_EQ(payment.behaviour.errors[1].in, ErrorSpec::In::kTrailers);
  const Workload& checkout = s.workloads[1];
  ASSERT_EQ(checkout.behaviour.calls.size(), 2U);
  EXPECT_EQ(checkout.behaviour.calls[0].to.host, "payment.shop");
  EXPECT_EQ(checkout.behaviour.calls[0].to.port, 8080);
  EXPECT_EQ(checkout.behaviour.calls[0].to.path, "/pay?x=1");
  EXPECT_EQ(checkout.behaviour.calls[0].headers[0].name, "x-team");
  ASSERT_EQ(checkout.behaviour.calls[1].steps.size(), 3U);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[0].on_error.kind, OnError::Kind::kIgnore);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[1].times, 5);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[1].on_error.status, 503);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[2].on_error.kind, OnError::Kind::kAnswer);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[2].on_error.status, 200);
  EXPECT_EQ(checkout.behaviour.calls[1].steps[2].on_error.grpc, 14);
  ASSERT_EQ(checkout.operations.size(), 1U);
  EXPECT_EQ(checkout.operations[0].name, "GET /health");
  EXPECT_TRUE(checkout.operations[0].behaviour.calls.empty());
  ASSERT_EQ(s.loads.size(), 3U);
  EXPECT_TRUE(s.loads[0].outside());
  EXPECT_EQ(s.loads[1].steps[1].per_s, 1);
  EXPECT_EQ(s.loads[1].operations[0].to.path, "/");
  EXPECT_EQ(s.loads[2].users, 20);
  ASSERT_EQ(s.faults.size(), 4U);
  EXPECT_EQ(s.faults[0].share, 0.5);
  EXPECT_EQ(s.faults[1].pod.text(), "payment-1.shop");
  EXPECT_EQ(s.faults[2].restart_after, 20s);
  EXPECT_EQ(s.faults[3].kind, Fault::Kind::kHang);
  ASSERT_EQ(s.expectations.size(), 2U);
  EXPECT_EQ(s.expectations[1].figures[0].query.to, Instant(180s));
}

TEST(ScenarioReader, AnOperationKeepsWhatItDoesNotSay) {
  const Scenario s = read(R"(spec:
  workloads:
    a:
      latency: 5ms
      errors: {ratio: 1%, status: 500}
      operations: [{name: cheap, match: {path: /x}, latency: 1ms}]
)");
  const Behaviour& behaviour = s.workloads[0].operations[0].behaviour;
  EXPECT_EQ(behaviour.latency->sample(0), 1ms);
  EXPECT_EQ(behaviour.errors.size(), 1U);
}

TEST(ScenarioReader, AllMistakesOfAFileAreReportedAtOnceInOrder) {
  EXPECT_EQ(
      mistakes(R"(spec:
  duration: 10
  workloads:
    a: {replica: 3, latency: {lognormal: {p50: 5ms}}}
  load:
    - {name: x, from: b, to: http://a/, rate: 200}
  expect:
    - sucess >= 99%
)"),
      "s.yaml:5:13: error: spec.duration: expected a duration such as \"250ms\", got 10; "
      "write 10s or 10ms\n"
      "s.yaml:7:9: error: spec.workloads.a.replica: unknown field; did you mean \"replicas\"?\n"
      "s.yaml:7:42: error: spec.workloads.a.latency.lognormal: p99 is missing\n"
      "s.yaml:9:23: error: there is no workload \"b\"; did you mean \"a\"?\n"
      "s.yaml:9:47: error: spec.load[0].rate: expected a rate such as 200/s or 10/m, got 200; "
      "write 200/s\n"
      "s.yaml:11:7: error: spec.expect[0]: \"sucess\" is no metric; did you mean \"success\"?\n");
}

TEST(ScenarioReader, WhatCannotBeSimulatedYetIsNamed) {
  EXPECT_EQ(mistakes("spec: {load: [{name: x, from: gateway/g, to: http://a/, rate: 1/s, "
                     "client: {balance: {choices: 2}}}]}\n"),
            "s.yaml:4:76: error: \"balance before a gateway\" cannot be simulated by this "
            "version of squall; leave it out: the gateway balances\n");
}

TEST(ScenarioReader, OnErrorAnswersAStatusOrAGrpcStatus) {
  const auto on_error = [](const std::string& text) {
    return mistakes("spec: {workloads: {b: {}, a: {calls: [{to: http://b/, on_error: " + text +
                    "}]}}}\n");
  };
  EXPECT_EQ(on_error("{grpc: 16}"), "none");
  EXPECT_NE(on_error("{status: 503, grpc: 14}"), "none");
  EXPECT_NE(on_error("{}"), "none");
  EXPECT_NE(on_error("{grpc: 17}"), "none");
  EXPECT_NE(on_error("{grpc: 0}"), "none");
  EXPECT_EQ(on_error("retry"),
            "s.yaml:4:65: error: spec.workloads.a.calls[0].on_error: expected ignore, "
            "{status: 503} or {grpc: 14}, got \"retry\"\n");
}

TEST(ScenarioReader, OneScenarioAFile) {
  const auto text_of = [](const Result<Scenario>& r) { return r ? "none" : all_of(r.error()); };
  EXPECT_EQ(text_of(read_scenario("a: 1\n", "s.yaml")),
            "s.yaml:1:1: error: no document of kind Scenario; begin with apiVersion: squall.dev/v1 "
            "and kind: Scenario\n");
  EXPECT_EQ(text_of(read_scenario("", "s.yaml")),
            "s.yaml: error: the file is empty; begin with apiVersion: squall.dev/v1 and "
            "kind: Scenario\n");
  EXPECT_NE(mistakes("spec: {}\n---\nkind: Scenario\n").find("6:1: error: a second Scenario"),
            std::string::npos);
}

TEST(ScenarioReader, DocumentsAfterTheScenarioAreHandedOnAndTheLaterOneCounts) {
  const Scenario s = read(R"(spec: {}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: n}
spec: {x: 1}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: a, namespace: n}, spec: {x: 2}}
  - {apiVersion: v1, kind: Service, metadata: {name: b}}
)");
  ASSERT_EQ(s.manifests.size(), 2U);
  EXPECT_EQ(s.manifests[0].find("spec")->find("x")->text, "2");
  EXPECT_NE(all_of(s.warnings).find("Service n/a stands twice; this one counts"),
            std::string::npos);
}

TEST(ScenarioReader, AWindowThatTheLoadDoesNotFillIsAWarning) {
  const auto warning = [](const std::string& window) {
    return all_of(read("spec:\n  duration: 60s\n  workloads: {a: {}}\n"
                       "  load: [{name: x, from: outside, to: http://a/, rate: 1/s}]\n"
                       "  expect: ['rate" +
                       window + " > 0/s']\n")
                      .warnings);
  };
  EXPECT_EQ(warning("[50s:60s]"), "");
  EXPECT_EQ(warning("[50s:]"), "");
  EXPECT_EQ(warning("[50s:80s]"),
            "s.yaml:8:12: warning: spec.expect[0]: rate[50s:80s] goes on after the load's end, at "
            "1m: nothing is sent any more\n");
  EXPECT_EQ(warning("{to=\"a\"}[50s:80s]"), "") << "calls may come later";
  EXPECT_EQ(warning("[60s:80s]"),
            "s.yaml:8:12: warning: spec.expect[0]: rate[60s:80s] begins when the load has ended, "
            "at 1m\n");
}

TEST(ScenarioReader, ParametersAreCalculatedWithUnits) {
  const Scenario s = read(R"(spec:
  parameters: {n: 4, work: 10ms, rho: 80%, capacity: "${n / work}", name: app}
  workloads:
    app: {replicas: "${n}", latency: "${work * 2}"}
  load:
    - {name: x, from: outside, to: "http://${name}/", rate: "${rho * capacity}"}
)");
  EXPECT_EQ(s.workloads[0].replicas, 4);
  EXPECT_EQ(s.workloads[0].behaviour.latency->sample(0), 20ms);
  EXPECT_DOUBLE_EQ(s.loads[0].steps[0].per_s, 320);
  EXPECT_EQ(s.loads[0].operations[0].to.host, "app");
  EXPECT_EQ(mistakes("spec:\n  parameters: {n: 4}\n  seed: \"${m}\"\n"),
            "s.yaml:6:12: error: in ${}: \"m\" is no parameter; did you mean \"n\"?\n");
}

TEST(ScenarioReader, SetGivesAParameterOrAFieldAnotherValue) {
  const std::string spec = R"(spec:
  parameters: {n: 4}
  workloads: {app.shop: {replicas: "${n}"}, app: {}}
  load: [{name: x, from: outside, to: http://app/, rate: 1/s}]
)";
  EXPECT_EQ(read(spec, sets({"n=9"})).workloads[0].replicas, 9);
  const Scenario s =
      read(spec, sets({"spec.seed=5", "workloads.app.shop.replicas=2", "load.x.rate=7/s",
                       "workloads.app.cpu.cores=3", "load.0.method=PUT"}));
  EXPECT_EQ(s.seed, 5U);
  EXPECT_EQ(s.workloads[0].replicas, 2);
  EXPECT_EQ(s.workloads[1].cpu->cores, 3);
  EXPECT_EQ(s.loads[0].steps[0].per_s, 7);
  EXPECT_EQ(s.loads[0].operations[0].method, "PUT");
  EXPECT_EQ(
      mistakes(spec, sets({"m=1"})),
      "--set m=1: error: \"m\" is neither a parameter nor a field of spec; did you mean \"n\"?\n");
  EXPECT_EQ(mistakes(spec, sets({"seed=x"})),
            "--set seed=x: error: spec.seed: expected an integer from 0 to 18446744073709551615, "
            "got \"x\"\n");
  EXPECT_EQ(mistakes(spec, sets({"load.others.rate=1/s"})),
            "--set load.others.rate=1/s: error: the scenario has no load.others.rate; lists go by "
            "index or "
            "by name: load.0.rate, load.shoppers.rate\n");
  EXPECT_EQ(mistakes(spec, sets({"seed"})),
            "--set seed: error: has no value; write --set NAME=VALUE\n");
}

TEST(ScenarioReader, ASetDurationMovesTheWindows) {
  const Scenario s =
      read("spec: {duration: 100s, expect: ['requests >= 0']}\n", sets({"spec.duration=40s"}));
  EXPECT_EQ(s.expectations[0].figures[0].query.to, Instant(40s));
}

TEST(ScenarioReader, EveryDistributionIsRead) {
  const Scenario s = read(R"(spec:
  workloads:
    a: {latency: 5ms}
    b: {latency: {exponential: {mean: 5ms}}}
    c: {latency: {lognormal: {mean: 5ms, sigma: 1}}}
    d: {latency: {uniform: {min: 1ms, max: 5ms}}}
    e: {latency: {normal: {mean: 5ms, sd: 1ms}}}
    f: {latency: {gamma: {mean: 5ms, shape: 2}}}
    g: {latency: {weibull: {scale: 5ms, shape: 2}}}
    h: {latency: {pareto: {min: 5ms, alpha: 2, max: 1s}}}
    i: {latency: {hyperexponential: [{weight: 1, mean: 5ms}, {weight: 2, mean: 1ms}]}}
    j: {latency: {empirical: {values: [1ms, 2ms]}}}
    k: {latency: {empirical: {quantiles: {p50: 1ms, p99.9: 2ms}}}}
    l: {latency: {mixture: [{weight: 1, of: 5ms}, {weight: 1, of: {exponential: {mean: 1s}}}]}}
)");
  for (std::size_t i = 0; i < s.workloads.size(); ++i) {
    EXPECT_TRUE(s.workloads[i].behaviour.latency.has_value()) << i;
  }
  EXPECT_EQ(s.workloads[11].behaviour.latency->kind(), Distribution::Kind::kMixture);
  EXPECT_EQ(mistakes("spec: {workloads: {a: {latency: {expontial: {mean: 1s}}}}}\n"),
            "s.yaml:4:34: error: spec.workloads.a.latency: \"expontial\" is no distribution; did "
            "you mean \"exponential\"?\n");
}

TEST(ScenarioReader, TimesThatContradictAreErrors) {
  const std::string text = mistakes(R"(spec:
  warmup: 10s
  duration: 10s
  workloads: {a: {}}
  load: [{name: x, from: outside, to: http://a/, steps: [{at: 5s, rate: 1/s, ramp: 9s}, {at: 8s, rate: 1/s}]}]
  faults:
    - {at: 1s, for: 2s, workload: a, crash: {restart_after: 1s}}
    - {at: 1s, for: 2s, ramp: 3s, workload: a, slow: {factor: 2}}
    - {at: 1s, workload: a}
)");
  EXPECT_NE(
      text.find("5:11: error: spec.warmup: a warm-up of 10s leaves nothing of a duration of 10s"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("spec.load[0].steps[1].at: the ramp before lasts to 14s"), std::string::npos)
      << text;
  EXPECT_NE(text.find("spec.faults[0].for: excludes crash.restart_after"), std::string::npos)
      << text;
  EXPECT_NE(text.find("spec.faults[1].ramp: lasts longer than the fault"), std::string::npos)
      << text;
  EXPECT_NE(text.find("spec.faults[2]: one of slow, error, crash, hang, cpu, surge, unready, "
                      "flush, certificate, dns, partition, loss, "
                      "delay, drop_connections is missing"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace squall::scenarios
