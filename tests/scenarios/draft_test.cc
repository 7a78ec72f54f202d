// A draft is a scenario that can be read, and says of each guess that it is one.
#include "scenarios/draft.h"

#include "scenarios/reader.h"
#include "tests/config/mesh_text.h"

namespace squall::scenarios {
namespace {

constexpr const char* kShop = R"y(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, env: [{name: DB, value: "db:5432"}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: app}]}}
)y";

TEST(Draft, OfManifests) {
  const std::string text = draft(config::good_mesh(kShop), {"my files/", "b.yaml"});
  EXPECT_TRUE(text.contains("manifests: ['my files/', b.yaml]")) << text;
  EXPECT_TRUE(
      text.contains("- {name: web.shop, from: client, to: http://web.shop/, rate: 20/s}  "
                    "# a guess, as nobody here seems to call it"))
      << text;
  EXPECT_TRUE(
      text.contains("- {to: http://db:5432/}  # guess, from env DB: db:5432 (mesh.yaml:19)"))
      << text;
  EXPECT_FALSE(text.contains("to: http://db.shop")) << text;  // web calls it
}

TEST(Draft, CanBeReadAsAScenario) {
  std::string text = draft(config::good_mesh(kShop), {"x"});
  text.replace(text.find("[x]"), 3, "[]");
  const auto scenario = read_scenario(text + "---" + kShop, "draft.yaml");
  ASSERT_TRUE(scenario.has_value()) << to_string(scenario.error().sorted().front());
  EXPECT_EQ(scenario->loads.size(), 1U);
}

TEST(Draft, WhoOnlyAsksIsALoad) {
  const std::string generator = std::string(kShop) + R"y(
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: generator}
spec:
  selector: {matchLabels: {app: generator}}
  template:
    metadata: {labels: {app: generator}}
    spec: {containers: [{name: app, args: [--to, "http://web.shop/"]}]}
)y";
  const std::string text = draft(config::good_mesh(generator), {"x"});
  EXPECT_TRUE(
      text.contains("- {name: generator, from: generator, to: http://web.shop/, rate: 20/s}  # a "
                    "guess, from args"))
      << text;
  EXPECT_FALSE(text.contains("client")) << text;
}

TEST(Draft, TextsOfManifestsStayInTheirComments) {
  std::string sly = kShop;
  sly.replace(sly.find("db:5432"), 7, "db:5432\\n  faults: [{}]\\n");
  const std::string text = draft(config::good_mesh(sly), {"it's: \n{}"});
  EXPECT_FALSE(text.contains("\n  faults: [{}]")) << text;
}

TEST(Draft, TheBlankOneIsAScenario) {
  EXPECT_TRUE(read_scenario(blank_draft(), "draft.yaml").has_value());
}

TEST(Draft, NeedsWorkloads) {
  EXPECT_FALSE(
      has_workloads(config::good_mesh("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")));
  EXPECT_TRUE(has_workloads(config::good_mesh(kShop)));
}

}  // namespace
}  // namespace squall::scenarios
