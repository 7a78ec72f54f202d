#include "scenarios/unknown_name.h"

#include <gtest/gtest.h>

#include <array>

namespace squall::scenarios {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"shop", "inventory", "payment.prod"};

TEST(UnknownName, TheNearestNameIsAdvisedElseWhatHelpsOtherwise) {
  EXPECT_EQ(to_string(unknown_workload({}, "inventry", kNames)),
            "error: there is no workload \"inventry\"; did you mean \"inventory\"?");
  EXPECT_EQ(to_string(unknown_workload({}, "mail", kNames)),
            "error: there is no workload \"mail\"; declare it under workloads, or add its "
            "manifests");
}

TEST(UnknownName, ALoadMayComeFromOutside) {
  EXPECT_EQ(unknown_source({}, "outsid", {kNames.begin(), kNames.end()}).advice,
            "did you mean \"outside\"?");
}

TEST(UnknownName, AHostIsComparedWithThoseOfAllNamespaces) {
  const std::array<std::string, 2> hosts = {"shop.default.svc.cluster.local",
                                            "payment.prod.svc.cluster.local"};
  EXPECT_EQ(unknown_host({}, "shop.staging.svc.cluster.local", "default", hosts).advice,
            "did you mean \"shop\"?");
  EXPECT_EQ(unknown_host({}, "payment.rod", "default", hosts).advice,
            "did you mean \"payment.prod\"?");
  EXPECT_EQ(to_string(unknown_host({}, "payment", "default", hosts)),
            "error: no Service has the host \"payment\"; did you mean \"payment.prod\"?");
  EXPECT_EQ(to_string(unknown_host({}, "mail", "default", hosts)),
            "error: no Service has the host \"mail\"; declare the workload, or add its manifests");
}

std::string advice_for(std::string_view pod) {
  const std::array<WorkloadPods, 5> pods = {
      WorkloadPods{"shop", {"shop-0", "shop-1", "shop-2"}}, WorkloadPods{"shop-db", {"shop-db-0"}},
      WorkloadPods{"idle", {}}, WorkloadPods{"web", {"web-x7f", "web-b2c"}},
      WorkloadPods{"job", {"job-a", "job-b", "job-c", "job-d", "job-e", "job-f", "job-g"}}};
  return unknown_pod({}, pod, pods).advice;
}

TEST(UnknownName, APodIsTakenForOneOfTheWorkloadThatItsNameBeginsWith) {
  EXPECT_EQ(advice_for("shop-3"), "the pods of shop are shop-0 to shop-2");
  EXPECT_EQ(advice_for("shop"), "the pods of shop are shop-0 to shop-2");
  EXPECT_EQ(advice_for("shop-db-1"), "the only pod of shop-db is shop-db-0");
  EXPECT_EQ(advice_for("idle-0"), "idle has no pod");
  EXPECT_EQ(advice_for("web-0"), "the pods of web are web-x7f and web-b2c");
  EXPECT_EQ(advice_for("job-0"),
            "the pods of job are job-a, job-b, job-c, job-d, job-e and 2 more");
  EXPECT_EQ(advice_for("basket-0"), "name a replica by its workload and number, such as shop-0");
}

TEST(UnknownName, WithoutAnyPodThereIsNoExample) {
  EXPECT_EQ(to_string(unknown_pod({}, "a-0", {})),
            "error: there is no pod \"a-0\"; name a replica by its workload and number");
}

}  // namespace
}  // namespace squall::scenarios
