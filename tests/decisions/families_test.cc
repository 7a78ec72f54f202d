#include "decisions/families.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "decisions/recorded.h"
#include "tests/decisions/replayed.h"

namespace squall::decisions {
namespace {

/// Two bootstraps of a family, whose clusters differ.
Start two() {
  Start start;
  start.add_bootstraps()->set_family(3);
  start.add_bootstraps()->set_family(3);
  start.mutable_bootstraps(0)->add_clusters(0);
  start.mutable_bootstraps(1)->add_clusters(1);
  return start;
}

std::vector<policies::Epoch> epochs_of_two() {
  policies::Plan second = plan_of_test();
  second.cluster().hosts.pop_back();
  second.cluster().outlier = policies::detection_of(1);
  return {plan_of_test().epoch(), second.epoch()};
}

Machines::Configurations configurations_of_two() {
  std::vector<policies::Epoch> epochs = epochs_of_two();
  EXPECT_EQ(number_families(two(), epochs), "");
  Machines::Configurations all;
  for (policies::Epoch& epoch : epochs)
    all.push_back(std::make_unique<policies::Configuration>(std::move(epoch)));
  return all;
}

/// A request by the first, which fails, and another by the second.
std::uint64_t write(const std::string& path) {
  const Machines::Configurations all = configurations_of_two();
  auto log = *LogWriter::open(path, two(), {});
  RecordedWorker worker(*all[0], 1, Instant{}, {.log = log.get()});
  RecordedControl control(*all[0], 2, Instant{}, {.log = log.get()});
  const auto ask = [&](Instant now, std::uint64_t random) {
    worker.on_request(0, {.authority = "shop", .path = "/", .headers = {}}, random, true, now);
    while (worker.has_command() || control.has_command()) {
      if (control.has_command()) {
        control.next_command();
        continue;
      }
      const policies::Command command = worker.next_command();
      if (command.kind() == policies::CommandKind::kOpen)
        worker.on_connected(worker.connection_id(command.subject()), now);
      if (command.kind() == policies::CommandKind::kStart)
        worker.on_response(worker.attempt_id(command.subject()), {.status = 503, .headers = {}},
                           true, now);
      if (command.kind() == policies::CommandKind::kHostResult)
        control.on_host_result(command.cluster(), command.subject(), command.result(),
                               command.code(), now);
    }
    while (worker.wants_turn_end() || control.wants_turn_end()) {
      if (worker.wants_turn_end()) worker.on_turn_end(now);
      if (control.wants_turn_end()) control.on_turn_end(now);
    }
    while (worker.has_command()) worker.next_command();
    while (control.has_command()) control.next_command();
  };
  ask(at_ns(1000), 5);
  worker.on_config(*all[1], 1, at_ns(2000));
  control.on_config(*all[1], 1, at_ns(2000));
  while (worker.has_command()) worker.next_command();
  while (control.has_command()) control.next_command();
  ask(at_ns(3000), 6);
  return log->written();
}

TEST(Families, AMachineThatChangesIsReplayed) {
  const std::string path = log_file();
  const std::uint64_t written = write(path);
  Result<LogReader> log = LogReader::open(path);
  ASSERT_TRUE(log.has_value());
  const Result<Replayed> replayed = replay(*log, configurations_of_two());
  ASSERT_TRUE(replayed.has_value());
  EXPECT_EQ(replayed->decisions, written);
  EXPECT_FALSE(replayed->difference.has_value()) << replayed->difference->event;
}

TEST(Families, AnotherConfigurationDecidesOtherwise) {
  const std::string path = log_file();
  write(path);
  Result<LogReader> log = LogReader::open(path);
  ASSERT_TRUE(log.has_value());
  Machines::Configurations swapped = configurations_of_two();
  std::swap(swapped[0], swapped[1]);
  const Result<Replayed> replayed = replay(*log, swapped);
  ASSERT_TRUE(replayed.has_value());
  EXPECT_TRUE(replayed->difference.has_value());
}

TEST(Families, WhatIsBrokenIsSaid) {
  Start start = two();
  start.mutable_bootstraps(1)->add_clusters(1);
  std::vector<policies::Epoch> epochs = epochs_of_two();
  EXPECT_EQ(number_families(start, epochs), "some clusters have no number");
  Start none;
  none.add_bootstraps();
  none.add_bootstraps();
  std::vector<policies::Epoch> apart = epochs_of_two();
  EXPECT_EQ(number_families(none, apart), "");
  EXPECT_FALSE(apart[0].may_become(apart[1]));
}

}  // namespace
}  // namespace squall::decisions
