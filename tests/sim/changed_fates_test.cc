#include "sim/changed_fates.h"

#include "policies/response_flags.h"
#include "sim/build.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

struct Side {
  explicit Side(const std::string& text, std::uint64_t seed = 1)
      : scenario(testing::read_text(text)), model(*build(scenario)), fates(*model) {
    Diagnostics warnings;
    EXPECT_TRUE(run(*model, seed, warnings, {.fates = &fates}));
    fates.sort();
  }
  scenarios::Scenario scenario;
  std::unique_ptr<Model> model;
  Fates fates;
};

ChangedFates changes(const Side& before, const Side& after) {
  return {*before.model, before.fates, *after.model, after.fates};
}

reports::DiffReport report_of(const ChangedFates& changed) {
  reports::DiffReport report;
  changed.put(report);
  return report;
}

const std::string kRetries =
    testing::virtual_service("server", "retries: {attempts: 2, retryOn: 5xx}");

TEST(FateText, IsStatusAndFlags) {
  using policies::ResponseFlag;
  Fate fate;
  EXPECT_EQ(fate_text(fate), "never answered");
  fate.ended = true;
  fate.flags = static_cast<std::uint64_t>(ResponseFlag::kUC);
  EXPECT_EQ(fate_text(fate), "reset UC");
  fate.status = 503;
  fate.flags = static_cast<std::uint64_t>(ResponseFlag::kURX) |
               static_cast<std::uint64_t>(ResponseFlag::kUF) << 8;
  EXPECT_EQ(fate_text(fate), "503 URX,UF");
  fate = {.status = 200, .grpc_status = 14, .ended = true};
  EXPECT_EQ(fate_text(fate), "200 grpc-status 14");
}

TEST(ChangedFates, OneSideWithItselfIsUnchanged) {
  const Side side(testing::half_fails());
  const ChangedFates changed = changes(side, side);
  EXPECT_TRUE(changed.examples().empty());
  const reports::DiffReport report = report_of(changed);
  ASSERT_EQ(report.requests_size(), 2);
  EXPECT_GT(report.requests(0).compared(), 400U);
  EXPECT_EQ(report.requests(0).changed(), 0U);
}

TEST(ChangedFates, CountsEachKindOfChange) {
  const Side before(testing::half_fails(kRetries)), after(testing::half_fails());
  const reports::DiffReport report = report_of(changes(before, after));
  const reports::ComparedRequests& open = report.requests(0);
  EXPECT_EQ(open.load(), "open");
  EXPECT_EQ(open.compared(), before.fates.load(0).list.size());
  ASSERT_EQ(open.fates_size(), 2);
  EXPECT_EQ(open.fates(0).before(), "200");
  EXPECT_EQ(open.fates(0).after(), "503");
  EXPECT_EQ(open.fates(1).before(), "503 URX");
  EXPECT_EQ(open.fates(1).after(), "503");
  EXPECT_EQ(open.fates(0).requests() + open.fates(1).requests(), open.changed());
  // Half fail at first, and two retries mend three in four of them.
  EXPECT_NEAR(static_cast<double>(open.fates(0).requests()) / static_cast<double>(open.compared()),
              0.375, 0.08);
}

TEST(ChangedFates, AClosedLoadsUsersMayAskMoreOftenOnOneSide) {
  const Side before(testing::half_fails(kRetries)), after(testing::half_fails());
  const reports::DiffReport report = report_of(changes(before, after));
  const reports::ComparedRequests& closed = report.requests(1);
  EXPECT_EQ(closed.compared() + closed.only_after(), after.fates.load(1).list.size());
  EXPECT_EQ(closed.compared() + closed.only_before(), before.fates.load(1).list.size());
  EXPECT_GT(closed.only_after(), 0U);
}

TEST(ChangedFates, SeedsAddUpAndTheExamplesAreOfTheFirstThatHasSome) {
  const Side before(testing::half_fails(kRetries)), after(testing::half_fails());
  const Side second(testing::half_fails(kRetries), 2), other(testing::half_fails(), 2);
  ChangedFates all = changes(before, before);
  all.merge(changes(before, after));
  all.merge(changes(second, other));
  EXPECT_EQ(all.seed(), 1U);
  EXPECT_EQ(report_of(all).requests(0).changed(),
            report_of(changes(before, after)).requests(0).changed() +
                report_of(changes(second, other)).requests(0).changed());
  const auto examples = all.examples();
  ASSERT_EQ(examples.size(), ChangedFates::kExamples);
  EXPECT_EQ(examples[0].before.key, changes(before, after).examples()[0].before.key);
}

TEST(ChangedFates, ALoadOfOneSideOnlyIsNotCompared) {
  const Side before(testing::half_fails());
  const Side after(
      "spec:\n  duration: 12s\n  warmup: 2s\n  workloads: {client: {}, server: {}}\n"
      "  load:\n    - {name: closed, from: client, to: http://server/, users: 3, "
      "think: {constant: 100ms}}\n    - {name: more, from: client, to: http://server/, rate: 1/s}");
  const reports::DiffReport report = report_of(changes(before, after));
  ASSERT_EQ(report.requests_size(), 1);
  EXPECT_EQ(report.requests(0).load(), "closed");
}

}  // namespace
}  // namespace squall::sim
