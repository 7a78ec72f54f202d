#include "reports/alike_requests.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

TEST(AlikeRequests, NumbersAndTheirUnitsTellNoneApart) {
  EXPECT_EQ(without_numbers("at db-1 answered 200 after 4.98 ms (a.yaml:31), then"),
            "at db-# answered # after # (a.yaml:#), then");
  EXPECT_EQ(without_numbers("after 860 µs"), without_numbers("after 2 s"));
  EXPECT_EQ(without_numbers("3 shops"), "# shops");
}

TEST(AlikeRequests, TheMostFrequentKindComesFirst) {
  DiffReport report;
  const auto add = [&](const char* after, const char* difference) {
    ChangedRequest& one = *report.add_changed_requests();
    one.set_load("users");
    one.set_before("200");
    one.set_after(after);
    one.set_first_difference(difference);
  };
  add("500", "at db-1 after 3 ms");
  add("404", "goes nowhere");
  add("404", "goes nowhere");
  add("500", "at db-2 after 4.5 s");
  add("404", "goes nowhere");
  const auto kinds = alike_requests(report.changed_requests());
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0].requests, 3U);
  EXPECT_EQ(kinds[0].first, &report.changed_requests(1));
  EXPECT_EQ(kinds[1].requests, 2U);
  EXPECT_EQ(kinds[1].first, &report.changed_requests(0));
}

}  // namespace
}  // namespace squall::reports
