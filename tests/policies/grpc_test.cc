#include "policies/grpc.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace squall::policies {
namespace {

TEST(Grpc, TimeoutsAreANumberOfUpToEightDigitsAndAUnit) {
  const std::pair<std::string, Duration> kGood[] = {
      {"0m", 0ms},  {"1H", 1h},   {"2M", 2min},      {"3S", 3s},
      {"4m", 4ms},  {"1u", 1ms},  {"1000u", 1ms},    {"1001u", 2ms},
      {"1n", 1ms},  {"0n", 0ms},  {"1000001n", 2ms}, {"99999999S", 99'999'999s},
      {"+1m", 1ms}, {"1 m", 1ms}, {" 1m", 1ms},      {"000000001S", 1s}};
  for (const auto& [text, expected] : kGood) EXPECT_EQ(parse_grpc_timeout(text), expected) << text;
  for (const std::string bad :
       {"", "m", "1", "1s", "1ms", "-1m", "+-1m", "1.5S", "100000000m", "1m ", " m"}) {
    EXPECT_FALSE(parse_grpc_timeout(bad)) << bad;
  }
  EXPECT_GT(*parse_grpc_timeout("99999999H"), 1'000'000h);  // no overflow
}

TEST(Grpc, TimeoutsAreWrittenWithinEightDigits) {
  EXPECT_EQ(format_grpc_timeout(15ms), "15m");
  EXPECT_EQ(format_grpc_timeout(99'999'999ms), "99999999m");
  EXPECT_EQ(format_grpc_timeout(100'000'000ms), "100000S");
  EXPECT_EQ(format_grpc_timeout(100'000'000s), "1666666M");
}

TEST(Grpc, StatusIsANumberInTheHeaders) {
  const HeaderField good[] = {{"grpc-status", "14"}}, bad[] = {{"grpc-status", "x"}};
  EXPECT_EQ(find_grpc_status(good), 14U);
  EXPECT_FALSE(find_grpc_status(bad));
  EXPECT_FALSE(find_grpc_status({}));
}

/// gRPC's own table, doc/http-grpc-status-mapping.md.
TEST(Grpc, LocalRepliesHaveTheStatusOfTheirHttpCode) {
  const std::pair<std::uint16_t, std::uint16_t> kRows[] = {
      {400, 13}, {401, 16}, {403, 7}, {404, 12}, {429, 14}, {502, 14},
      {503, 14}, {504, 14}, {500, 2}, {418, 2},  {200, 2},  {301, 2}};
  for (const auto& [http, grpc] : kRows) EXPECT_EQ(http_to_grpc(http), grpc) << http;
}

}  // namespace
}  // namespace squall::policies
