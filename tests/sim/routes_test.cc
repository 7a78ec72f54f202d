#include "sim/routes.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

const std::string kMesh =
    "spec:\n  workloads: {web: {}, app: {}, db: {}}\n"
    "  load: [{name: x, from: web, to: http://app/, rate: 1/s}]\n"
    "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: app}\n"
    "spec:\n  hosts: [app]\n  http:\n"
    "    - match: [{headers: {x-canary: {exact: 'true'}}}]\n"
    "      route: [{destination: {host: app, subset: canary}}]\n"
    "    - match: [{uri: {prefix: /old}}]\n      redirect: {uri: /new, redirectCode: 302}\n"
    "    - match: [{uri: {prefix: /broken}}]\n"
    "      fault: {abort: {percentage: {value: 100}, httpStatus: 503}}\n"
    "      route: [{destination: {host: app}}]\n"
    "    - match: [{uri: {prefix: /lame}}]\n"
    "      fault: {delay: {percentage: {value: 25}, fixedDelay: 2s}, abort: {percentage: {value: "
    "5}, httpStatus: 500}}\n"
    "      route: [{destination: {host: app}}]\n"
    "    - match: [{uri: {prefix: /gone}}]\n      route: [{destination: {host: app, subset: v9}}]\n"
    "    - match: [{uri: {prefix: /}}]\n      timeout: 3s\n      retries: {attempts: 4}\n"
    "      route:\n"
    "        - {destination: {host: app, subset: stable}, weight: 90}\n"
    "        - {destination: {host: app, subset: canary}, weight: 10}\n"
    "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: app}\n"
    "spec: {host: app, subsets: [{name: stable, labels: {app: app}}, {name: canary, labels: {app: "
    "app}}]}\n";

/// "ok", or why not, of one check; `more`: manifests.
std::string checked(const std::string& check, const std::string& more = "") {
  const auto file = scenarios::read_test_file(
      "apiVersion: squall.dev/v1\nkind: Test\nspec: {scenario: s.yaml, tests: [{name: x, routes: "
      "[" +
          check + "]}]}",
      "s_test.yaml");
  if (!file) return testing::all_of(file.error());
  const scenarios::Test& test = file->tests.at(0);
  const auto scenario = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + kMesh + more,
      "s.yaml", test.read);
  if (!scenario) return testing::all_of(scenario.error());
  Diagnostics warnings;
  const auto results = check_routes(*scenario, test.routes, warnings);
  if (!results) return testing::all_of(results.error());
  return results->at(0).ok ? "ok" : results->at(0).text + ": " + results->at(0).why;
}

TEST(Routes, InAmbientModeTheyAreTheWaypoints) {
  const std::string check = "{request: http://app/old, from: web, status: 302}";
  const std::string ambient =
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: "
      "{istio.io/dataplane-mode: ambient, istio.io/use-waypoint: waypoint}}\n";
  EXPECT_EQ(checked(check, ambient + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: "
                                     "Gateway\nmetadata: {name: waypoint}\nspec: "
                                     "{gatewayClassName: istio-waypoint}\n"),
            "ok");
  EXPECT_NE(checked(check, ambient).find("web.default has no sidecar, so no routes"),
            std::string::npos);
}

TEST(Routes, SharesOfWeightedRoutes) {
  EXPECT_EQ(checked("{request: GET http://app/buy, from: web, to: {host: app}}"), "ok");
  EXPECT_EQ(
      checked(
          "{request: http://app/, from: web, to: {host: app.default, subset: canary, share: 10%}}"),
      "ok");
  EXPECT_EQ(
      checked("{request: GET http://app/, from: web, to: {host: app, subset: canary}}"),
      "GET http://app/ from web: to app (canary): it goes to app.default (stable) 90% and "
      "app.default (canary) 10%; timeout 3s, 5 attempts; by VirtualService default/app, rule 6 "
      "(s.yaml:26)");
}

TEST(Routes, HeadersTimeoutsAndAttempts) {
  EXPECT_EQ(
      checked("{request: GET http://app/, from: web, headers: {x-canary: 'true'}, to: {host: app, "
              "subset: canary}, timeout: 0s, attempts: 3}"),
      "ok");
  EXPECT_EQ(checked("{request: GET http://app/, from: web, timeout: 3s, attempts: 5}"), "ok");
  EXPECT_NE(
      checked("{request: GET http://app/, from: web, timeout: 4s}").find("timeout 4s: it goes"),
      std::string::npos);
  EXPECT_NE(
      checked("{request: GET http://app/, from: web, attempts: 1}").find("1 attempt: it goes"),
      std::string::npos);
}

TEST(Routes, WhatTheSidecarAnswersItself) {
  EXPECT_EQ(checked("{request: GET http://app/old, from: web, status: 302}"), "ok");
  EXPECT_NE(checked("{request: GET http://app/old, from: web, to: {host: app}}")
                .find("the sidecar answers 302; by VirtualService default/app, rule 2"),
            std::string::npos);
  EXPECT_NE(checked("{request: GET http://app/new, from: web, status: 302}").find("it goes to"),
            std::string::npos);
}

TEST(Routes, FaultsStandBeforeTheRoute) {
  EXPECT_EQ(checked("{request: GET http://app/broken, from: web, status: 503}"), "ok");
  EXPECT_NE(checked("{request: GET http://app/broken, from: web, to: {host: app}}")
                .find("the sidecar answers 503; a fault answers 100% with 503; by"),
            std::string::npos);
  EXPECT_EQ(checked("{request: GET http://app/lame, from: web, to: {host: app}}"), "ok");
  EXPECT_NE(checked("{request: GET http://app/lame, from: web, status: 500}")
                .find("; a fault answers 5% with 500; a fault delays 25% by 2s; by"),
            std::string::npos);
}

TEST(Routes, NoneOfTheRequestsToWhatIsNotThereIsNoAnswer) {
  EXPECT_EQ(checked("{request: GET http://app/, from: web, to: {host: db, share: 0%}}"), "ok");
  EXPECT_NE(checked("{request: GET http://app/, from: web, to: {host: dd, share: 0%}}")
                .find("web has no such destination; it goes to"),
            std::string::npos);
  EXPECT_NE(checked("{request: GET http://app/, from: web, to: {host: app, subset: x, share: 0%}}")
                .find("web has no such destination"),
            std::string::npos);
}

TEST(Routes, AListOfNothingIsAMistake) {
  EXPECT_NE(checked("").find("lists no request"), std::string::npos);
}

TEST(Routes, ASubsetThatIsNotThereIsNotReached) {
  EXPECT_NE(checked("{request: GET http://app/gone, from: web, to: {host: app}}")
                .find("it goes to app.default (v9), which is not there: 503 NC"),
            std::string::npos);
}

TEST(Routes, MistakesAreThoseOfCalls) {
  EXPECT_NE(checked("{request: GET http://ap/, from: web, to: {host: app}}").find("did you mean"),
            std::string::npos);
  EXPECT_NE(checked("{request: get http://app/, from: web, to: {host: app}}").find("write GET"),
            std::string::npos);
  EXPECT_NE(
      checked("{request: GET app/, from: web, to: {host: app}}").find("the scheme is missing"),
      std::string::npos);
  EXPECT_NE(checked("{request: GET http://app/, from: wep, to: {host: app}}").find("wep"),
            std::string::npos);
  EXPECT_NE(
      checked("{request: GET http://app/, from: outside, to: {host: app}}").find("no sidecar"),
      std::string::npos);
  EXPECT_NE(checked("{request: GET http://app/, from: web}").find("says nothing of the route"),
            std::string::npos);
  EXPECT_NE(checked("{request: GET http://app/, from: web, status: 302, attempts: 1}")
                .find("is of what the sidecar answers by itself"),
            std::string::npos);
  EXPECT_NE(checked("{from: web, to: {}}").find("request is missing"), std::string::npos);
}

}  // namespace
}  // namespace squall::sim
