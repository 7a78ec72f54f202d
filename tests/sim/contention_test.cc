#include "sim/contention.h"

#include <vector>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using Points = std::vector<scenarios::ContentionPoint>;
using testing::RunText;

TEST(Contention, IsAStraightLineBetweenItsPointsAndFlatOutside) {
  const Points points{{.in_flight = 10, .factor = 1, .add = {}},
                      {.in_flight = 30, .factor = 3, .add = {}}};
  EXPECT_EQ(contended(points, 1, 100ms), 100ms);
  EXPECT_EQ(contended(points, 10, 100ms), 100ms);
  EXPECT_EQ(contended(points, 20, 100ms), 200ms);
  EXPECT_EQ(contended(points, 30, 100ms), 300ms);
  EXPECT_EQ(contended(points, 99, 100ms), 300ms);
}

TEST(Contention, MayAddInsteadAndStaysWithinWhatATimeCanHold) {
  const Points adds{{.in_flight = 0, .factor = 1, .add = {}},
                    {.in_flight = 4, .factor = 1, .add = 1s}};
  EXPECT_EQ(contended(adds, 2, 100ms), 600ms);
  const Points huge{{.in_flight = 0, .factor = 1e9, .add = {}}};
  EXPECT_EQ(contended(huge, 1, Duration(1LL << 60)),
            Duration(std::int64_t{1'000'000'000'000'000'000}));
}

TEST(Contention, WorkTakesLongerThatBeginsWhileThereIsOther) {
  const auto longest = [](const std::string& work) {
    return RunText("spec:\n  duration: 2s\n  workloads: {app: {latency: " + work +
                   ", contention: {in_flight: [1, 2], add: [0s, 60ms]}}}\n"
                   "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, "
                   "rate: 10/s}]\n")
        .load("load")
        .latency_s()
        .max();
  };
  EXPECT_DOUBLE_EQ(longest("90ms"), 0.09);  // each alone
  EXPECT_DOUBLE_EQ(longest("110ms"), 0.17);
}

}  // namespace
}  // namespace squall::sim
