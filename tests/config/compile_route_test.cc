// What becomes of a VirtualService's rules in a sidecar. Source: istio/istio
// pilot/pkg/networking/core/route (release 1.31): retries by default, ports of destinations,
// catch-alls, who gets which rule.
#include "tests/config/compiled.h"

namespace squall::config {
namespace {

constexpr std::string_view kApi = R"y(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, clusterIP: 10.96.0.1, ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api, version: v1}}}
---
)y";

/// The mesh with a VirtualService for `api` whose rules are `http`, each a flow mapping.
std::string with_rules(std::string_view http) {
  return std::string(kApi) +
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: api, namespace: shop}\nspec:\n  hosts: [api]\n  http:\n" +
         std::string(http);
}

/// The routes of the service's virtual host in the client's table.
Json routes_of(std::string_view mesh, const std::string& table = "80") {
  Compiled compiled(mesh);
  const Json view = compiled.view("api").golden();
  for (const Json& host : view["routes"][table]["virtualHosts"]) {
    if (host["name"].get<std::string>().starts_with("api.shop.svc")) return host["routes"];
  }
  return Json::array();
}

TEST(CompileRoute, WithoutAVirtualServiceThereAreTwoRetriesAndNoTimeout) {
  const Json routes = routes_of(kApi);
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0]["name"], "default");
  const Json& action = routes[0]["route"];
  EXPECT_EQ(action["cluster"], "outbound|80||api.shop.svc.cluster.local");
  EXPECT_EQ(action["timeout"], "0s");
  const Json& retries = action["retryPolicy"];
  EXPECT_EQ(retries["retryOn"],
            "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");
  EXPECT_EQ(retries["numRetries"], 2);
  EXPECT_FALSE(retries.contains("retriableStatusCodes"));
  EXPECT_FALSE(retries.contains("perTryTimeout"));
  EXPECT_EQ(retries["hostSelectionRetryMaxAttempts"], "5");
}

TEST(CompileRoute, RetriesThatAreWrittenKeepTheConditionsThatAreNot) {
  const Json routes = routes_of(with_rules(
      "  - {route: [{destination: {host: api}}], retries: {attempts: 7, backoff: 40ms}}\n"));
  const Json& retries = routes[0]["route"]["retryPolicy"];
  EXPECT_EQ(retries["numRetries"], 7);
  EXPECT_EQ(retries["retryOn"],
            "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");
  EXPECT_EQ(retries["retryBackOff"]["baseInterval"], "0.040s");
}

TEST(CompileRoute, StatusNumbersInRetryOnAreRetriableStatusCodes) {
  const Json routes =
      routes_of(with_rules("  - {route: [{destination: {host: api}}], retries: {attempts: 1, "
                           "retryOn: \"5xx,503,418\"}}\n"));
  const Json& retries = routes[0]["route"]["retryPolicy"];
  EXPECT_EQ(retries["retryOn"], "5xx,retriable-status-codes");
  EXPECT_EQ(retries["retriableStatusCodes"], Json({503, 418}));
}

TEST(CompileRoute, AttemptsOfZeroSwitchRetriesOff) {
  const Json routes =
      routes_of(with_rules("  - {route: [{destination: {host: api}}], retries: {attempts: 0}}\n"));
  const Json& action = routes[0]["route"];
  EXPECT_TRUE(!action.contains("retryPolicy") || action["retryPolicy"]["numRetries"] == 0);
}

TEST(CompileRoute, ADestinationWithoutAPortIsOnTheListenersEvenWhereTheServiceHasNone) {
  const std::string rules = with_rules("  - {route: [{destination: {host: api}}]}\n");
  EXPECT_EQ(routes_of(rules)[0]["route"]["cluster"], "outbound|80||api.shop.svc.cluster.local");
  EXPECT_EQ(routes_of(rules, "8080")[0]["route"]["cluster"],
            "outbound|8080||api.shop.svc.cluster.local");
  const std::string written =
      with_rules("  - {route: [{destination: {host: api, port: {number: 8080}}}]}\n");
  EXPECT_EQ(routes_of(written)[0]["route"]["cluster"], "outbound|8080||api.shop.svc.cluster.local");
}

TEST(CompileRoute, AHostWithADotIsTakenAsItStands) {
  const Json routes = routes_of(with_rules("  - {route: [{destination: {host: api.shop}}]}\n"));
  EXPECT_EQ(routes[0]["route"]["cluster"], "outbound|80||api.shop");
}

TEST(CompileRoute, EachMatchIsARouteAndNothingFollowsACatchAll) {
  const Json routes = routes_of(
      with_rules("  - {match: [{uri: {prefix: /a}}, {uri: {exact: /b}}], route: [{destination: "
                 "{host: api}}]}\n"
                 "  - {match: [{uri: {prefix: /}}], route: [{destination: {host: api}}]}\n"
                 "  - {match: [{uri: {prefix: /c}}], route: [{destination: {host: api}}]}\n"));
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0]["match"]["prefix"], "/a");
  EXPECT_EQ(routes[1]["match"]["path"], "/b");
  EXPECT_EQ(routes[2]["match"]["prefix"], "/");
}

TEST(CompileRoute, MatchesAreChosenForTheClientWhenTheyAreCompiled) {
  const Json routes = routes_of(with_rules(
      "  - {match: [{sourceLabels: {app: web}, uri: {prefix: /web}}], route: [{destination: {host: "
      "api}}]}\n"
      "  - {match: [{sourceNamespace: shop, uri: {prefix: /shop}}], route: [{destination: {host: "
      "api}}]}\n"
      "  - {match: [{port: 8080, uri: {prefix: /port}}], route: [{destination: {host: api}}]}\n"
      "  - {match: [{gateways: [mesh], sourceLabels: {app: web}, uri: {prefix: /mesh}}], route: "
      "[{destination: {host: api}}]}\n"));
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0]["match"]["prefix"], "/shop");
  EXPECT_EQ(routes[1]["match"]["prefix"], "/mesh")
      << "beside gateways sourceLabels count for nothing";
}

TEST(CompileRoute, WhereNoRuleIsForTheClientTheServiceKeepsItsOwnRoute) {
  const Json routes =
      routes_of(with_rules("  - {match: [{sourceLabels: {app: web}}], route: [{destination: {host: "
                           "api}}], timeout: 3s}\n"));
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0]["name"], "default");
  EXPECT_EQ(routes[0]["route"]["timeout"], "0s");
}

TEST(CompileRoute, WeightsOfZeroAreLeftOutAndASingleOneDoesNotCount) {
  const Json routes =
      routes_of(with_rules("  - {match: [{uri: {prefix: /a}}], route: [{destination: {host: api, "
                           "subset: a}, weight: 3}, "
                           "{destination: {host: api, subset: b}, weight: 0}, {destination: {host: "
                           "api, subset: c}, weight: 1}]}\n"
                           "  - {route: [{destination: {host: api}, weight: 0}]}\n"));
  const Json& weighted = routes[0]["route"]["weightedClusters"]["clusters"];
  ASSERT_EQ(weighted.size(), 2U);
  EXPECT_EQ(weighted[0]["weight"], 3);
  EXPECT_EQ(weighted[1]["name"], "outbound|80|c|api.shop.svc.cluster.local");
  EXPECT_EQ(routes[1]["route"]["cluster"], "outbound|80||api.shop.svc.cluster.local");
}

TEST(CompileRoute, ConditionsOnMethodAndHeadersAreHeaderConditions) {
  const Json routes = routes_of(with_rules(
      "  - {match: [{method: {exact: GET}, headers: {x-user: {}, x-a: {regex: \"b|c\"}}, "
      "withoutHeaders: {x-no: {exact: d}}}], route: [{destination: {host: api}}]}\n"
      "  - {route: [{destination: {host: api}}]}\n"));
  std::map<std::string, Json> by_name;
  for (const Json& header : routes[0]["match"]["headers"])
    by_name[header["name"].get<std::string>()] = header;
  EXPECT_EQ(by_name[":method"]["stringMatch"]["exact"], "GET");
  EXPECT_EQ(by_name["x-user"]["presentMatch"], true);
  EXPECT_EQ(by_name["x-a"]["stringMatch"]["safeRegex"]["regex"], "b|c");
  EXPECT_EQ(by_name["x-no"]["invertMatch"], true);
}

TEST(CompileRoute, ADelegateTakesWhatItDoesNotSayFromItsRoot) {
  const std::string mesh =
      with_rules(
          "  - {match: [{uri: {prefix: /a}}], delegate: {name: part}, timeout: 3s}\n"
          "  - {match: [{uri: {prefix: /b}}], delegate: {name: nowhere}}\n"
          "  - {route: [{destination: {host: api}}]}\n") +
      R"y(---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: part, namespace: shop}
spec:
  http:
  - {match: [{uri: {prefix: /a/x}}], route: [{destination: {host: api, subset: v1}}]}
  - {match: [{uri: {prefix: /c}}], route: [{destination: {host: api, subset: v2}}]}
)y";
  const Json routes = routes_of(mesh);
  ASSERT_EQ(routes.size(), 2U)
      << "the rule without a delegate and the one that does not fit are gone";
  EXPECT_EQ(routes[0]["match"]["prefix"], "/a/x");
  EXPECT_EQ(routes[0]["route"]["cluster"], "outbound|80|v1|api.shop.svc.cluster.local");
  EXPECT_EQ(routes[0]["route"]["timeout"], "3s");
}

TEST(CompileRoute, OfTwoVirtualServicesForAHostTheOlderServesTheSidecars) {
  const std::string rules =
      with_rules("  - {route: [{destination: {host: api, subset: second}}]}\n");
  const std::string older = R"y(---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: z, namespace: shop, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {hosts: [api], http: [{route: [{destination: {host: api, subset: first}}]}]}
)y";
  std::string dated = rules;
  dated.replace(
      dated.find("metadata: {name: api, namespace: shop}\nspec:\n  hosts"), 38,
      "metadata: {name: api, namespace: shop, creationTimestamp: \"2021-01-01T00:00:00Z\"}");
  const Json routes = routes_of(dated + older);
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0]["route"]["cluster"], "outbound|80|first|api.shop.svc.cluster.local");
}

}  // namespace
}  // namespace squall::config
