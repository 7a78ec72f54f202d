#include "sim/flights.h"

#include <gtest/gtest.h>

#include <vector>

namespace squall::sim {
namespace {

class FlightsTest : public ::testing::Test {
 protected:
  bool join(std::uint32_t key, std::uint32_t task) { return flights.join(key, task, next); }
  std::uint32_t leave(std::uint32_t key, std::uint32_t task) {
    return flights.leave(key, task, next);
  }
  std::vector<std::uint32_t> ended(std::uint32_t key) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t at = flights.end(key); at != kNone; at = next[at]) all.push_back(at);
    return all;
  }

  Flights flights;
  Flights::Next next;
};

using Tasks = std::vector<std::uint32_t>;

TEST_F(FlightsTest, TheFirstOfAKeyLeadsAndTheOthersWaitInOrder) {
  EXPECT_TRUE(join(7, 100));
  EXPECT_FALSE(join(7, 3));
  EXPECT_FALSE(join(7, 200));
  EXPECT_TRUE(join(8, 4));
  EXPECT_TRUE(flights.leads(7, 100));
  EXPECT_FALSE(flights.leads(7, 3));
  EXPECT_EQ(ended(7), (Tasks{3, 200}));
  EXPECT_EQ(ended(8), Tasks{});
  EXPECT_TRUE(join(7, 3));  // anew
  EXPECT_EQ(ended(7), Tasks{});
}

TEST_F(FlightsTest, WhoLeavesIsWaitedForNoMore) {
  for (std::uint32_t task = 1; task <= 5; ++task) join(1, task);
  EXPECT_EQ(leave(1, 3), kNone);
  EXPECT_EQ(leave(1, 5), kNone);  // the last
  EXPECT_EQ(leave(1, 9), kNone);  // has nothing to do with it
  EXPECT_FALSE(join(1, 6));
  EXPECT_EQ(ended(1), (Tasks{2, 4, 6}));
  EXPECT_EQ(leave(1, 2), kNone);  // there is none
}

TEST_F(FlightsTest, WhoLeadsHandsOverToWhoHasWaitedLongest) {
  for (std::uint32_t task = 1; task <= 3; ++task) join(1, task);
  EXPECT_EQ(leave(1, 1), 2U);
  EXPECT_TRUE(flights.leads(1, 2));
  EXPECT_EQ(leave(1, 2), 3U);
  EXPECT_EQ(flights.first_waiting(1), kNone);
  EXPECT_FALSE(join(1, 4));
  EXPECT_EQ(leave(1, 3), 4U);
  EXPECT_EQ(leave(1, 4), kNone);
  EXPECT_TRUE(join(1, 5));
}

}  // namespace
}  // namespace squall::sim
