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

}  // namespace
}  // namespace squall::scenarios
