#include "policies/match.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policies/head.h"

namespace squall::policies {
namespace {

using Fields = std::vector<HeaderField>;

StringMatch text(StringMatch::Kind kind, std::string value, bool ignore_case = false) {
  StringMatch match{kind, ignore_case, std::move(value), nullptr};
  if (kind == StringMatch::Kind::kRegex) match.regex = *compile_regex(match.value);
  return match;
}
StringMatch exact(std::string value) { return text(StringMatch::Kind::kExact, std::move(value)); }

HeaderMatch header(StringMatch value, bool invert = false, bool missing_as_empty = false) {
  HeaderMatch match;
  match.name = "x-h";
  match.kind = HeaderMatch::Kind::kString;
  match.text = std::move(value);
  match.invert = invert;
  match.missing_as_empty = missing_as_empty;
  return match;
}
HeaderMatch present(bool wanted, bool invert = false, bool missing_as_empty = false) {
  HeaderMatch match;
  match.name = "x-h";
  match.present = wanted;
  match.invert = invert;
  match.missing_as_empty = missing_as_empty;
  return match;
}
HeaderMatch range(std::int64_t first, std::int64_t last) {
  HeaderMatch match;
  match.name = "x-h";
  match.kind = HeaderMatch::Kind::kRange;
  match.first = first;
  match.last = last;
  return match;
}

TEST(HeaderMatch, FollowsALiveEnvoy) {
  const struct {
    HeaderMatch match;
    std::vector<std::string> values;  // of x-h
    bool holds;
  } kRows[] = {
      {header(exact("v")), {"v"}, true},
      {header(exact("v")), {"V"}, false},
      {header(exact("v")), {}, false},
      {header(exact("v")), {"u", "v"}, true},
      {header(exact("v"), true), {"w"}, true},
      {header(exact("v"), true), {"v"}, false},
      {header(exact("v"), true), {}, false},
      {header(exact("v"), true), {"u", "v"}, false},
      {header(exact("v"), true), {"u", "w"}, true},
      {header(exact("v"), true, true), {}, true},
      {header(exact(""), false, true), {}, true},
      {present(true), {""}, true},
      {present(true), {}, false},
      {present(false), {}, true},
      {present(false), {""}, false},
      {present(true, true), {}, true},
      {present(true, true), {"a"}, false},
      {present(true, false, true), {}, true},
      {range(-5, 10), {"-5"}, true},
      {range(-5, 10), {"9"}, true},
      {range(-5, 10), {"+9"}, true},
      {range(-5, 10), {"10"}, false},
      {range(-5, 10), {"9a"}, false},
      {range(-5, 10), {"1.5"}, false},
      {range(-5, 10), {""}, false},
      {range(-5, 10), {"99999999999999999999"}, false},
      {range(-5, 10), {"70", "2"}, true},
      {header(text(StringMatch::Kind::kRegex, "a+")), {"aaa"}, true},
      {header(text(StringMatch::Kind::kRegex, "a+")), {"baaa"}, false},
      {header(exact("a,b")), {"a,b"}, true},
      {header(exact("a,b")), {"a", "b"}, false},
      {header(text(StringMatch::Kind::kPrefix, "AbC", true)), {"aBCdef"}, true},
      {header(text(StringMatch::Kind::kPrefix, "AbC")), {"aBCdef"}, false},
      {header(text(StringMatch::Kind::kSuffix, "z")), {"xyz"}, true},
      {header(text(StringMatch::Kind::kSuffix, "z")), {"zx"}, false},
      {header(text(StringMatch::Kind::kSuffix, "YZ", true)), {"xyz"}, true},
      {header(text(StringMatch::Kind::kContains, "mid")), {"amidst"}, true},
      {header(text(StringMatch::Kind::kContains, "MID", true)), {"amidst"}, true},
      {header(text(StringMatch::Kind::kContains, "mid")), {"mi"}, false},
  };
  int row_number = 0;
  for (const auto& row : kRows) {
    Fields fields{{"x-other", "v"}};
    for (const std::string& value : row.values) fields.push_back({"x-h", value});
    RequestHead head;
    head.headers = fields;
    EXPECT_EQ(matches(row.match, head), row.holds) << "row " << row_number;
    EXPECT_EQ(matches(row.match, Headers(fields)), row.holds) << "row " << row_number;
    ++row_number;
  }
}

TEST(HeaderMatch, SpecialNamesAreThoseOfTheHead) {
  RequestHead head;
  head.method = "PUT";
  head.authority = "shop.test";
  head.path = "/a?b";
  const auto holds = [&](std::string name, std::string value) {
    HeaderMatch match = header(exact(std::move(value)));
    match.name = std::move(name);
    return matches(match, head);
  };
  EXPECT_TRUE(holds(":method", "PUT"));
  EXPECT_FALSE(holds(":method", "GET"));
  EXPECT_TRUE(holds(":authority", "shop.test"));
  EXPECT_TRUE(holds("host", "shop.test"));
  EXPECT_TRUE(holds(":path", "/a?b"));
  EXPECT_TRUE(holds(":scheme", "http"));
  head.authority = "";  // that is a host
  EXPECT_TRUE(holds(":authority", ""));
  head.authority = {};
  EXPECT_FALSE(holds(":authority", ""));
}

TEST(QueryMatch, FollowsALiveEnvoy) {
  const QueryMatch equal{"k", true, exact("v")}, has{"k", true, {}}, has_not{"k", false, {}},
      empty{"k", true, exact("")}, encoded{"k", true, exact("a%20b")};
  const struct {
    const QueryMatch& match;
    std::string_view query;
    bool holds;
  } kRows[] = {
      {equal, "k=v", true},       {equal, "k=v&k=w", true}, {equal, "k=w&k=v", false},
      {equal, "K=v", false},      {equal, "", false},       {has, "k", true},
      {has, "kk=1", false},       {has_not, "", true},      {has_not, "k=", false},
      {has, "z=1&k", true},       {empty, "k", true},       {empty, "k=1", false},
      {encoded, "k=a%20b", true}, {has, "&&k&", true},      {equal, "k=v=w", false},
  };
  for (const auto& row : kRows) EXPECT_EQ(matches(row.match, row.query), row.holds) << row.query;
}

TEST(Regex, OfWhichThereIsNoneIsAnError) {
  EXPECT_FALSE(compile_regex("(").has_value());
  EXPECT_FALSE(compile_regex("(?=a)").has_value());
  EXPECT_FALSE(compile_regex("[a-z]{200}", kEnvoyRegexSize).has_value());
  EXPECT_TRUE(compile_regex("[a-z]{200}").has_value());
  EXPECT_TRUE(compile_regex("/api/v[0-9]+/.*", kEnvoyRegexSize).has_value());
}

}  // namespace
}  // namespace squall::policies
