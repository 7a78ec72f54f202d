#include "reports/timeline.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

void add(RunReport& report, double at, const char* what, const char* who, const std::string& why) {
  Happening& one = *report.add_timeline();
  one.set_at_s(at);
  one.set_what(what);
  one.set_who(who);
  one.set_why(why);
}

std::vector<TimelineRow> rows(const RunReport& report) {
  return timeline_rows(report, Names(report));
}

/// What a row says of these reasons, all of one time.
std::string why(const std::vector<std::string>& whys) {
  RunReport report;
  for (const std::string& one : whys) add(report, 1, "ejected", "app-0", one);
  return rows(report).at(0).why;
}

TEST(Timeline, WhoEjectedAReplicaIsNamed) {
  EXPECT_EQ(why({"success_rate, seen by web-1", "success_rate, seen by web-0"}),
            "success_rate, seen by web-1 and web-0");
  EXPECT_EQ(why({"ejection by web-1 has ended", "ejection by web-0 has ended",
                 "ejection by admin-0 has ended"}),
            "ejection by web-1, web-0 and admin-0 has ended");
  EXPECT_EQ(why({"consecutive_5xx, seen by web-0", "success_rate, seen by web-0"}),
            "consecutive_5xx and success_rate, seen by web-0");
  EXPECT_EQ(why({"seen by web-1", "seen by web-10"}), "seen by web-1 and web-10");
  EXPECT_EQ(why({"a b", "c d"}), "a b and c d");
}

TEST(Timeline, OfManyTheFirstAreNamed) {
  EXPECT_EQ(why({"by a", "by b", "by c", "by d", "by e"}), "by a, b, c, d and e");
  EXPECT_EQ(why({"by a", "by b", "by c", "by d", "by e", "by f"}), "by a, b, c, d and 2 more");
}

TEST(Timeline, WhoDidItAgainIsNamedOnce) {
  EXPECT_EQ(why({"by a", "by a", "by a"}), "by a, 3 times");
  EXPECT_EQ(why({"by a", "by b", "by a"}), "by a and b");
}

TEST(Timeline, FaultsStandEachForThemselves) {
  RunReport report;
  add(report, 30, "fault", "app", "slow, 1 of 2 replicas");
  add(report, 31, "fault", "app", "errors");
  ASSERT_EQ(rows(report).size(), 2U);
  EXPECT_EQ(rows(report)[1].why, "errors");
  EXPECT_EQ(rows(report)[1].at_s, 31);
}

TEST(Timeline, ARowIsOfOneKindAndOneThing) {
  RunReport report;
  add(report, 1, "ejected", "app-0", "by a");
  add(report, 1.5, "ejected", "app-0", "by b");
  add(report, 1.5, "ejected", "app-1", "by b");
  add(report, 2, "returned", "app-1", "");
  const std::vector<TimelineRow> all = rows(report);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].why, "by a and b; the last at 1.500 s");
  EXPECT_EQ(all[0].happenings, 2U);
  EXPECT_EQ(all[1].who, "app-1");
  EXPECT_EQ(all[2].what, "back in use");
}

}  // namespace
}  // namespace squall::reports
