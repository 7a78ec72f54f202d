#include "policies/filter/token_bucket.h"

#include <gtest/gtest.h>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

TEST(TokenBucket, EnvoysConsumption) {
  SQUALL_VECTORS(vectors, "token_bucket");
  EXPECT_EQ(testing::parts_of(vectors), (std::set<std::string>{"cases", "next_token", "limits"}));
  for (const nlohmann::json& row : testing::rows(vectors, "cases", 4)) {
    TokenBucket bucket(row["max"].get<std::uint64_t>(), row["rate_per_s"].get<double>(), Instant{});
    for (const nlohmann::json& op : row["ops"]) {
      const Instant now = Instant{} + std::chrono::milliseconds(op["t_ms"].get<int>());
      EXPECT_EQ(bucket.consume(op["consume"].get<std::uint64_t>(), op["partial"].get<bool>(), now),
                op["got"].get<std::uint64_t>())
          << row["source"] << " at " << op["t_ms"];
      testing::replayed(vectors);
    }
  }
}

TEST(TokenBucket, EnvoysNextToken) {
  SQUALL_VECTORS(vectors, "token_bucket");
  for (const nlohmann::json& row : testing::rows(vectors, "next_token", 2)) {
    TokenBucket bucket(row["max"].get<std::uint64_t>(), row["rate_per_s"].get<double>(), Instant{});
    bucket.consume(row["after_consumed"].get<std::uint64_t>(), false, Instant{});
    EXPECT_EQ(to_ms(bucket.next_token(Instant{})), row["next_ms"].get<int>());
  }
}

TEST(TokenBucket, FillsAtLeastOneTokenAYearAndNeverBackwards) {
  SQUALL_VECTORS(vectors, "token_bucket");
  testing::rows(vectors, "limits", 1);
  EXPECT_DOUBLE_EQ(TokenBucket(1, 0, Instant{}).rate(), 1.0 / (365.0 * 24 * 3600));
  EXPECT_DOUBLE_EQ(TokenBucket(1, -2, Instant{}).rate(), 2);
}

}  // namespace
}  // namespace squall::policies
