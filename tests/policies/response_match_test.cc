#include "policies/response_match.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace squall::policies {
namespace {

using Kind = ResponseMatch::Kind;

ResponseMatch header(std::string name, std::string value) {
  ResponseMatch match{.kind = Kind::kHeaders, .headers = {}, .rules = {}};
  HeaderMatch& one = match.headers.emplace_back();
  one.name = std::move(name);
  one.kind = HeaderMatch::Kind::kString;
  one.text.value = std::move(value);
  return match;
}
ResponseMatch of(Kind kind, std::vector<ResponseMatch> rules = {}) {
  return {.kind = kind, .headers = {}, .rules = std::move(rules)};
}

const HeaderField kFields[] = {{"x-bad", "1"}, {"x-other", "2"}};
const ResponseHead kHead{.status = 404, .headers = kFields};

TEST(ResponseMatch, HeadersMustAllHold) {
  EXPECT_TRUE(matches(header("x-bad", "1"), kHead));
  EXPECT_FALSE(matches(header("x-bad", "2"), kHead));
  ResponseMatch both = header("x-bad", "1");
  both.headers.push_back(header("x-other", "1").headers[0]);
  EXPECT_FALSE(matches(both, kHead));
  both.headers[1].text.value = "2";
  EXPECT_TRUE(matches(both, kHead));
}

TEST(ResponseMatch, TheStatusIsAHeader) {
  EXPECT_TRUE(matches(header(":status", "404"), kHead));
  EXPECT_FALSE(matches(header(":status", "40"), kHead));
  HeaderMatch range;
  range.name = ":status";
  range.kind = HeaderMatch::Kind::kRange;
  range.first = 404;
  range.last = 405;
  EXPECT_TRUE(matches(range, kHead));
  range.last = 404;
  EXPECT_FALSE(matches(range, kHead));
}

TEST(ResponseMatch, RulesCombine) {
  const ResponseMatch yes = header("x-bad", "1"), no = header("x-bad", "2");
  EXPECT_TRUE(matches(of(Kind::kAny), kHead));
  EXPECT_FALSE(matches(of(Kind::kNever), kHead));
  EXPECT_TRUE(matches(of(Kind::kOr, {no, yes}), kHead));
  EXPECT_FALSE(matches(of(Kind::kOr, {no, no}), kHead));
  EXPECT_TRUE(matches(of(Kind::kAnd, {yes, yes}), kHead));
  EXPECT_FALSE(matches(of(Kind::kAnd, {yes, no}), kHead));
  EXPECT_TRUE(matches(of(Kind::kNot, {no}), kHead));
  EXPECT_FALSE(matches(of(Kind::kNot, {of(Kind::kAnd, {yes, yes})}), kHead));
}

TEST(ResponseMatch, AFailureCountsAs500AtLeastAndAllElseAsSuccess) {
  const auto status = [](std::uint16_t said, bool failure) {
    return status_for_detection(of(failure ? Kind::kAny : Kind::kNever),
                                {.status = said, .headers = {}});
  };
  EXPECT_EQ(status(200, true), 500);
  EXPECT_EQ(status(499, true), 500);
  EXPECT_EQ(status(503, true), 503);
  EXPECT_EQ(status(503, false), 200);
  EXPECT_EQ(status(404, false), 200);
}

}  // namespace
}  // namespace squall::policies
