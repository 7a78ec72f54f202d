#include "topology/order.h"

#include <gtest/gtest.h>

#include "tests/topology/graphs.h"

namespace squall::topology {
namespace {

using testing::Made;

TEST(Order, WhatIsCalledStandsBeforeItsCallers) {
  Made made;
  made.add("a"), made.add("b"), made.add("c");
  made.call("a", "b");
  made.call("b", "c");
  std::vector<std::uint32_t> order;
  for (const Group& group : callees_first(made.graph)) {
    EXPECT_FALSE(group.cyclic);
    ASSERT_EQ(group.operations.size(), 1U);
    order.push_back(group.operations.front());
  }
  EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 1, 0}));
  EXPECT_TRUE(cycles(made.graph).empty());
}

TEST(Order, ACircleIsToldInTheOrderOfItsCalls) {
  Made made;
  made.add("a"), made.add("b"), made.add("c"), made.add("d");
  made.call("a", "c");
  made.call("c", "b");
  made.call("b", "a");
  made.call("b", "d");
  const auto found = cycles(made.graph);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front(), (std::vector<std::uint32_t>{0, 2, 1}));
}

TEST(Order, WhoCallsItselfIsACircle) {
  Made made;
  made.add("a");
  made.call("a", "a");
  EXPECT_EQ(cycles(made.graph), (std::vector<std::vector<std::uint32_t>>{{0}}));
}

TEST(Order, ACallThatIsNeverMadeLeadsNowhere) {
  Made made;
  made.add("a");
  made.call("a", "a").probability = 0;
  EXPECT_TRUE(cycles(made.graph).empty());
  EXPECT_TRUE(callees_of(made.graph.operations[0]).empty());
}

}  // namespace
}  // namespace squall::topology
