// TCP connections' decisions in a log: written, read back, decided the same.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "decisions/recorded.h"
#include "policies/base/mix.h"
#include "tests/decisions/replayed.h"
#include "tests/policies/machine/tcp_shell.h"

namespace squall::decisions {
namespace {

using policies::TcpSide;

policies::TcpPlan plan_of_tcp() {
  policies::TcpPlan plan(2);
  plan.limits().max_connections = 6;
  plan.proxy.max_connect_attempts = 2;
  plan.proxy.max_duration = 3s;
  plan.cluster().outlier = policies::detection_of(4);
  return plan;
}

Machines::Configurations configurations_of_tcp(const policies::TcpPlan& plan) {
  Machines::Configurations all;
  all.push_back(std::make_unique<policies::Configuration>(plan.epoch(), kUnixSeconds));
  return all;
}

/// A recorded worker whose connections come, go and fail by turns.
void record(const std::string& path) {
  Start start;
  start.add_bootstraps()->set_unix_seconds_at_zero(kUnixSeconds);
  auto log = *LogWriter::open(path, start, {});
  const policies::Configuration configuration(plan_of_tcp().epoch(), kUnixSeconds);
  RecordedWorker worker(configuration, 11, Instant{}, {.log = log.get()});
  RecordedControl control(configuration, 12, Instant{}, {.log = log.get()});
  Instant now{};
  std::vector<policies::ConnectionId> opened;
  const auto pump = [&] {
    while (worker.has_command()) {
      const policies::Command c = worker.next_command();
      if (c.kind() == policies::CommandKind::kOpen)
        opened.push_back(worker.connection_id(c.subject()));
      if (c.kind() == policies::CommandKind::kHostResult)
        control.on_host_result(c.cluster(), c.subject(), c.result(), c.code(), now);
    }
    while (control.has_command()) control.next_command();
  };
  for (std::uint64_t i = 0; i < 200; ++i) {
    now += 3ms;
    const policies::RequestId id = worker.on_tcp_open(0, "10.0.0.7", mix(1, i), now);
    pump();
    for (const policies::ConnectionId connection : std::exchange(opened, {})) {
      if (i % 3 == 0) {
        worker.on_connect_failed(connection, policies::ResetReason::kRemoteConnectionFailure,
                                 policies::kConnectionRefused, now);
      } else {
        worker.on_connected(connection, now);
      }
      pump();
    }
    worker.on_tcp_bytes(id, TcpSide::kClient, 100 + i, i % 2 == 0, now);
    worker.on_tcp_bytes(id, TcpSide::kHost, 10, true, now);
    pump();
    worker.on_tcp_closed(id, i % 4 == 0, now);
    pump();
    if (control.wants_turn_end()) control.on_turn_end(now);
    pump();
  }
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<Replayed> replayed_tcp(const std::string& bytes, const policies::TcpPlan& plan) {
  Result<LogReader> log = LogReader::of(bytes, "test.log");
  if (!log) return std::unexpected(log.error());
  return replay(*log, configurations_of_tcp(plan));
}

TEST(TcpDecisions, ComeOutTheSame) {
  const std::string path = log_file();
  record(path);
  const Result<Replayed> same = replayed_tcp(bytes_of(path), plan_of_tcp());
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->difference) << same->difference->event << same->difference->now;
  EXPECT_GE(same->decisions, 800U);  // four at least of each
}

TEST(TcpDecisions, OfAnotherConfigurationDiffer) {
  const std::string path = log_file();
  record(path);
  policies::TcpPlan other = plan_of_tcp();
  other.proxy.max_duration = 4s;
  const Result<Replayed> first = replayed_tcp(bytes_of(path), other);
  ASSERT_TRUE(first && first->difference);
  EXPECT_EQ(first->difference->event, "tcp open of TCP connection 0");
  EXPECT_NE(first->difference->now, first->difference->logged);
  const Result<Replayed> second = replayed(bytes_of(path));
  ASSERT_TRUE(second && second->difference);
}

}  // namespace
}  // namespace squall::decisions
