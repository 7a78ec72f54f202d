#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

const std::string kTwo = "  workloads: {shop: {replicas: 2}, db.data: {}}\n";

TEST(References, HostsAreWorkloadsInEveryFormOfTheirName) {
  for (const char* host :
       {"shop", "shop.default", "shop.default.svc", "shop.default.svc.cluster.local", "db.data"}) {
    EXPECT_TRUE(read_spec(kTwo + "  load: [{name: x, from: outside, to: http://" + host +
                          "/, rate: 1/s}]\n"))
        << host;
  }
  EXPECT_EQ(wrong_spec(kTwo + "  load: [{name: x, from: shp, to: http://db.dat/, rate: 1/s}]\n"),
            "error: there is no workload \"shp\"; did you mean \"shop\"?\n"
            "error: no Service has the host \"db.dat\"; did you mean \"db.data\"?\n");
}

TEST(References, CallsOfOperationsAreLookedAtToo) {
  EXPECT_EQ(wrong_spec("  workloads: {shop: {operations: [{match: {path: /}, calls: [{parallel: "
                       "[{to: http://no/}]}]}]}}\n"),
            "error: no Service has the host \"no\"; declare the workload, or add its manifests\n");
}

TEST(References, PodsAreReplicas) {
  EXPECT_TRUE(read_spec(
      kTwo + "  faults: [{at: 1s, pod: shop-1, hang: {}}, {at: 1s, pod: db-0.data, hang: {}}]\n"));
  EXPECT_EQ(
      wrong_spec(
          kTwo +
          "  faults: [{at: 1s, pod: shop-2, hang: {}}, {at: 1s, pod: db-0.default, hang: {}}]\n"),
      "error: there is no pod \"shop-2\"; the pods of shop are shop-0 to shop-1\n"
      "error: there is no pod \"db-0.default\"; name a replica by its workload and number, such as "
      "shop-0\n");
}

TEST(References, AnExpectationNamesALoadOfTheScenario) {
  EXPECT_EQ(
      wrong_spec(kTwo +
                 "  load: [{name: users, from: outside, to: http://shop/, rate: 1/s}]\n"
                 "  expect: ['success{load=\"uses\"} > 1%', 'success{load=\"bots\"} > 1%']\n"),
      "error: spec.expect[0]: there is no load \"uses\"; did you mean \"users\"?\n"
      "error: spec.expect[1]: there is no load \"bots\"; loads are users\n");
}

TEST(References, WithManifestsNamesAreLeftToThoseWhoCompileThem) {
  EXPECT_TRUE(
      read_spec("  load: [{name: x, from: web, to: http://api/, rate: 1/s}]\n---\napiVersion: v1\n"
                "kind: Service\nmetadata: {name: api}\nspec: {ports: [{port: 80}]}\n"));
}

}  // namespace
}  // namespace squall::scenarios
