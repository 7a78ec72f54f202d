// Durations as text: what Go reads, and the shortest form that reads back the same.
#include "policies/base/time.h"

#include <gtest/gtest.h>

#include <limits>

#include "policies/base/mix.h"

namespace squall {
namespace {

std::optional<std::int64_t> ns(std::string_view text) {
  const std::optional<Duration> d = parse_duration(text);
  if (!d) return std::nullopt;
  return d->count();
}

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(ns("1ns"), 1);
  EXPECT_EQ(ns("11us"), 11'000);
  EXPECT_EQ(ns("12\u00b5s"), 12'000);
  EXPECT_EQ(ns("12\u03bcs"), 12'000);
  EXPECT_EQ(ns("13ms"), 13'000'000);
  EXPECT_EQ(ns("14s"), 14'000'000'000);
  EXPECT_EQ(ns("15m"), 900'000'000'000);
  EXPECT_EQ(ns("16h"), 57'600'000'000'000);
}

TEST(ParseDuration, ReadsSumsSignsAndFractions) {
  EXPECT_EQ(ns("0"), 0);
  EXPECT_EQ(ns("-0"), 0);
  EXPECT_EQ(ns("5.s"), 5'000'000'000);
  EXPECT_EQ(ns(".5s"), 500'000'000);
  EXPECT_EQ(ns("+5s"), 5'000'000'000);
  EXPECT_EQ(ns("-1m30s"), -90'000'000'000);
  EXPECT_EQ(ns("1m30s"), 90'000'000'000);
  EXPECT_EQ(ns("10.5s4m"), 250'500'000'000);
  EXPECT_EQ(ns("1h15m30.918273645s"), 4'530'918'273'645);
  EXPECT_EQ(ns("52763797000ns"), 52'763'797'000);
}

TEST(ParseDuration, RoundsFractionsAsGoDoes) {
  EXPECT_EQ(ns("0.3333333333333333333h"), 1'200'000'000'000);
  EXPECT_EQ(ns("0.100000000000000000000h"), 360'000'000'000);
  EXPECT_EQ(ns("0.830103483285477580700h"), 2'988'372'539'827);
  EXPECT_EQ(ns("1.99ns"), 1);
}

TEST(ParseDuration, GoesToTheEndsOfTheRangeAndNotBeyond) {
  EXPECT_EQ(ns("9223372036854775807ns"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ns("9223372036854775.807us"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ns("9223372036s854ms775us807ns"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ns("-9223372036854775808ns"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ns("-9223372036s854ms775us808ns"), std::numeric_limits<std::int64_t>::min());
  for (const char* text :
       {"9223372036854775808ns", "9223372036854775.808us", "9223372036s854ms775us808ns", "3000000h",
        "-9223372036854775809ns", "99999999999999999999s", "2562047h47m16.854775808s"}) {
    EXPECT_EQ(ns(text), std::nullopt) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"",     "3",    "-",      "+",       "s",     ".",  "-.",   ".s",
                           "+.s",  "1s ",  " 1s",    "1 s",     "1d",    "1S", "--1s", "1s-1s",
                           "1e3s", "0x1s", "1.2.3s", "1\u00b5", "12msx", "00", "1m30"}) {
    EXPECT_EQ(ns(text), std::nullopt) << text;
  }
}

TEST(DurationToString, IsTheShortestForm) {
  EXPECT_EQ(to_string(Duration(0)), "0s");
  EXPECT_EQ(to_string(Duration(1)), "1ns");
  EXPECT_EQ(to_string(Duration(1'100)), "1.1us");
  EXPECT_EQ(to_string(Duration(2'200'000)), "2.2ms");
  EXPECT_EQ(to_string(250ms), "250ms");
  EXPECT_EQ(to_string(3'300ms), "3.3s");
  EXPECT_EQ(to_string(90s), "1m30s");
  EXPECT_EQ(to_string(1h), "1h");
  EXPECT_EQ(to_string(1h + 5s), "1h5s");
  EXPECT_EQ(to_string(-1500ms), "-1.5s");
  EXPECT_EQ(to_string(Duration::max()), "2562047h47m16.854775807s");
  EXPECT_EQ(to_string(Duration::min()), "-2562047h47m16.854775808s");
}

TEST(DurationToString, IsReadBackExactly) {
  // What the text rounds to: fractions of a second in doubles are right to the nanosecond.
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const std::uint64_t bits = mix(1, i);
    const auto count = static_cast<std::int64_t>(bits >> (i % 63 + 1)) * ((bits & 1) != 0 ? 1 : -1);
    const std::string text = to_string(Duration(count));
    ASSERT_EQ(ns(text), count) << text;
  }
}

}  // namespace
}  // namespace squall
