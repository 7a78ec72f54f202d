#include "scenarios/draft_calls.h"

#include "tests/config/mesh_text.h"

namespace squall::scenarios {
namespace {

std::string service(const std::string& name, const std::string& ports = "[{port: 80}]",
                    const std::string& ns = "default") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + ns +
         "}\nspec: {selector: {app: " + name + "}, ports: " + ports + "}\n";
}
std::string deployment(const std::string& name, const std::string& env,
                       const std::string& ns = "default") {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         ", namespace: " + ns + "}\nspec:\n  selector: {matchLabels: {app: " + name +
         "}}\n  template:\n    metadata: {labels: {app: " + name +
         "}}\n    spec: {containers: [{name: app, env: [" + env + "]}]}\n";
}
std::string variable(const std::string& name, const std::string& value) {
  return "{name: " + name + ", value: \"" + value + "\"}";
}

/// "caller > service:port", those that lead back in brackets.
std::vector<std::string> calls(const std::string& manifests) {
  const config::Resources mesh = config::good_mesh(manifests);
  std::vector<std::string> out;
  for (const GuessedWorkload& one : guess_calls(mesh)) {
    for (const GuessedCall& call : one.calls) {
      const std::string text =
          one.meta->name + " > " + call.service->meta.full_name() + ":" + std::to_string(call.port);
      out.push_back(call.circular ? "[" + text + "]" : text);
    }
  }
  return out;
}
using Lines = std::vector<std::string>;

TEST(DraftCalls, NamesOfServicesInUrlsAndAddresses) {
  const std::string db = service("db", "[{port: 5432, name: db}, {port: 80, name: http}]", "data");
  for (const char* value :
       {"http://db.data:5432/x?y", "postgres://user:secret@db.data:5432/shop", "db.data.svc:5432",
        "db.data.svc.cluster.local:5432", "--to=db.data:5432", "redis:1,db.data:5432"}) {
    EXPECT_EQ(calls(db + deployment("web", variable("X", value))), Lines{"web > data/db:5432"})
        << value;
  }
  EXPECT_EQ(calls(db + deployment("web", variable("X", "http://db.data/"))),
            Lines{"web > data/db:80"});
}

TEST(DraftCalls, ABareNameOnlyWhereTheVariableIsAnAddress) {
  EXPECT_EQ(calls(service("db") + deployment("web", variable("DB_HOST", "db"))),
            Lines{"web > default/db:80"});
  EXPECT_EQ(calls(service("db") + deployment("web", variable("MODE", "db"))), Lines{});
}

TEST(DraftCalls, WhatIsNoServiceHereIsNoCall) {
  for (const char* value : {"http://db.example.com/", "http://other/", "db:99", "http://:80/",
                            "://", "@", ":", "http://db:999999999999/"}) {
    const auto found = calls(service("db") + deployment("web", variable("DB_URL", value)));
    const bool port_unread = std::string_view(value).ends_with("999/");
    EXPECT_EQ(found, port_unread ? Lines{"web > default/db:80"} : Lines{}) << value;
  }
}

TEST(DraftCalls, OnceEachAndNotOneself) {
  EXPECT_EQ(calls(service("web") + service("db") +
                  deployment("web", variable("A_URL", "http://web/") + ", " +
                                        variable("B_URL", "http://db/") + ", " +
                                        variable("C_URL", "http://db/c"))),
            Lines{"web > default/db:80"});
}

TEST(DraftCalls, ACallThatLeadsBackIsTold) {
  EXPECT_EQ(calls(service("a") + service("b") + service("c") +
                  deployment("a", variable("URL", "http://b/")) +
                  deployment("b", variable("URL", "http://c/")) +
                  deployment("c", variable("URL", "http://a/"))),
            (Lines{"a > default/b:80", "b > default/c:80", "[c > default/a:80]"}));
}

TEST(DraftCalls, APodOfADeploymentIsNotAnother) {
  const config::Resources mesh = config::good_mesh(
      service("web") + deployment("web", "") +
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-1, labels: {app: web}}\nspec: {}\n"
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: lonely}\nspec: {}\n");
  const auto found = guess_calls(mesh);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].service->meta.name, "web");
  EXPECT_EQ(found[1].meta->name, "lonely");
  EXPECT_EQ(found[1].service, nullptr);
}

TEST(DraftCalls, AChainOfAnyLength) {
  std::string manifests;
  for (int i = 0; i < 2'000; ++i) {
    const std::string next = "s" + std::to_string(i + 1);
    manifests += service("s" + std::to_string(i)) +
                 deployment("s" + std::to_string(i), variable("URL", "http://" + next + "/"));
  }
  EXPECT_EQ(calls(manifests).size(), 1'999U);
}

/// "caller > http://service:port/path"; "caller: what was passed over: why".
Lines found(const std::string& manifests) {
  const config::Resources mesh = config::good_mesh(manifests);
  Lines out;
  for (const GuessedWorkload& one : guess_calls(mesh)) {
    for (const GuessedCall& call : one.calls)
      out.push_back(call.service->meta.name + ":" + std::to_string(call.port) + call.path + " by " +
                    call.from.from);
    for (const PassedOver& over : one.passed_over)
      out.push_back(over.what.from + " " + over.what.text + ": " + over.why);
  }
  return out;
}

TEST(DraftCalls, PathsAndPortsOfTheirOwnAreCallsOfTheirOwn) {
  const std::string db = service("db", "[{port: 80, name: http}, {port: 9090, name: grpc}]");
  EXPECT_EQ(found(db + deployment("web", variable("A", "http://db/v1/x?y=z#f") + "," +
                                             variable("B", "dns:///db:9090") + "," +
                                             variable("C_HOST", "db") + "," +
                                             variable("D", "http://db/v1/x") + "," +
                                             variable("E", "http://db/v2"))),
            (Lines{"db:80/v1/x by env A", "db:9090/ by env B", "db:80/v2 by env E"}));
  EXPECT_EQ(
      found(db + deployment("web", variable("A_HOST", "db") + "," + variable("B", "http://db/v1"))),
      Lines{"db:80/v1 by env B"});
  EXPECT_EQ(found(db + deployment("web", variable("A", "dns://10.0.0.1/db:9090"))),
            Lines{"db:9090/ by env A"});
  EXPECT_EQ(found(db + deployment("web", variable("A", "postgres://u:p@db:80/shop"))),
            Lines{"db:80/ by env A"});
}

TEST(DraftCalls, WhatIsInConfigMaps) {
  const std::string map =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: urls}\n"
      "data: {DB_HOST: db, mode: db, url: 'http://db:81/x'}\n";
  const std::string db = service("db", "[{port: 80, name: http}, {port: 81, name: b}]") + map;
  const auto with = [&](const std::string& container, const std::string& pod = "") {
    return found(db + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {" + pod +
                 "containers: [{name: app, " + container + "}]}\n");
  };
  EXPECT_EQ(with("envFrom: [{configMapRef: {name: urls}}]"),
            (Lines{"db:80/ by ConfigMap urls DB_HOST", "db:81/x by ConfigMap urls url"}));
  const std::string one = "env: [{name: DB_URL, valueFrom: {configMapKeyRef: {name: urls, key: ";
  EXPECT_EQ(with(one + "mode}}}]"), Lines{"db:80/ by env DB_URL of ConfigMap urls"});
  EXPECT_EQ(with("image: x", "volumes: [{name: v, configMap: {name: urls}}], ").size(), 2U);
}

TEST(DraftCalls, WhatIsPassedOverIsTold) {
  const std::string db = service("db");
  EXPECT_EQ(found(db + deployment("web", variable("A", "https://api.example.com/v1") + "," +
                                             variable("B_ADDR", "cache:6379") + "," +
                                             variable("C", "12:30") + "," +
                                             variable("D", "http://localhost:80") + "," +
                                             variable("E", "http://db:99/"))),
            (Lines{"env A https://api.example.com/v1: no Service here has that host",
                   "env B_ADDR cache:6379: no Service here has that host",
                   "env E http://db:99/: the Service db has no such port"}));
  const std::string from =
      "{name: A_URL, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: B, valueFrom: "
      "{secretKeyRef: {name: s, key: k}}}, {name: C, valueFrom: {configMapKeyRef: {name: m, key: "
      "k}}}";
  EXPECT_EQ(found(db + deployment("web", from)),
            (Lines{"env A_URL Secret s: Secrets are not read",
                   "env C ConfigMap m: it is not among these manifests"}));
}

}  // namespace
}  // namespace squall::scenarios
