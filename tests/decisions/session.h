// Session: a shell that answers, fails and waits by turns, and a log of what its machines did.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "decisions/recorded.h"
#include "tests/decisions/replayed.h"

namespace squall::decisions {

class Session {
 public:
  explicit Session(std::string path, int requests = 200)
      : path_(std::move(path)),
        configuration_(plan_of_test().epoch(), kUnixSeconds),
        log_(open(path_)),
        worker_(configuration_, 11, Instant{}, {.log = log_.get()}),
        control_(configuration_, 12, Instant{}, {.log = log_.get()}) {
    client_.on_open(configuration_, 0, 4, now_, client_commands_, {.log = log_.get()});
    drop_client_commands();
    for (int i = 0; i < requests; ++i) request(i);
    client_.on_closed(now_, client_commands_);
    drop_client_commands();
    written_ = log_->written();
    log_.reset();
  }
  std::uint64_t written() const { return written_; }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  static std::unique_ptr<LogWriter> open(const std::string& path) {
    Start start;
    start.add_bootstraps()->set_unix_seconds_at_zero(kUnixSeconds);
    auto log = LogWriter::open(path, start, {});
    EXPECT_TRUE(log.has_value());
    return *std::move(log);
  }
  void drop_client_commands() {
    while (!client_commands_.empty()) client_commands_.pop();
  }
  void request(int i) {
    using namespace std::chrono_literals;
    now_ += 3ms;
    client_.on_request(false, now_, client_commands_);
    drop_client_commands();
    const policies::HeaderField headers[] = {{"x-n", "a value"}, {"x-request-id", "17"}};
    const policies::RequestHead head{.authority = "shop",
                                     .path = "/p?q=1",
                                     .headers = headers,
                                     .peer = "10.0.0.9",
                                     .peer_port = 4711};
    if (i % 20 == 19) change_hosts(i);
    worker_.on_request(0, head, static_cast<std::uint64_t>(i) * 77, true, now_);
    pump();
    while (worker_.wants_turn_end() || control_.wants_turn_end()) {
      end_turn();
      pump();
    }
    client_.on_request_end(now_, client_commands_);
    drop_client_commands();
  }
  /// One goes, and comes back.
  void change_hosts(int i) {
    std::vector<bool> absent(configuration_.epoch.clusters[0].hosts.size());
    absent[0] = i % 40 == 19;
    members_.push_back(configuration_.layout_without(0, std::move(absent)));
    worker_.on_hosts(0, members_.back(), now_);
    control_.on_hosts(0, members_.back(), now_);
    pump();
  }
  void end_turn() {
    if (worker_.wants_turn_end()) worker_.on_turn_end(now_);
    if (control_.wants_turn_end()) control_.on_turn_end(now_);
  }
  /// An event follows when all commands of the one before have been carried out.
  void pump() {
    for (;;) {
      while (worker_.has_command() || control_.has_command())
        carry_out(worker_.has_command() ? worker_.next_command() : control_.next_command());
      if (later_.empty()) return;
      const std::function<void()> event = std::move(later_.front());
      later_.pop_front();
      event();
    }
  }
  void carry_out(const policies::Command& c) {
    using policies::CommandKind;
    switch (c.kind()) {
      case CommandKind::kOpen:
        later_.emplace_back(
            [this, id = worker_.connection_id(c.subject())] { worker_.on_connected(id, now_); });
        return;
      case CommandKind::kStart: {
        const policies::AttemptId id = worker_.attempt_id(c.subject());
        worker_.on_first_byte_sent(id);
        later_.emplace_back([this, id, n = ++started_] { end_attempt(id, n); });
        return;
      }
      case CommandKind::kArm:
        if (c.timer() != policies::TimerKind::kBackoff) return;
        later_.emplace_back([this] { end_turn(); });  // time goes on
        later_.emplace_back([this, owner = c.subject(), at = c.deadline()] {
          now_ = std::max(now_, at);
          worker_.on_timer(policies::TimerKind::kBackoff, owner, now_);
        });
        return;
      case CommandKind::kHostResult:
        return control_.on_host_result(c.cluster(), c.subject(), c.result(), c.code(), now_);
      case CommandKind::kSetHealth:
        if (c.end()) worker_.on_host_drain(c.subject(), now_);
        return;
      case CommandKind::kPublish:
        return worker_.on_host_health(c.subject(), control_.published(c.subject()));
      default:
        return;
    }
  }
  void end_attempt(policies::AttemptId id, int n) {
    if (n % 5 == 0) return worker_.on_stream_reset(id, policies::ResetReason::kRemoteReset, now_);
    const auto status = static_cast<std::uint16_t>(n % 3 == 0 ? 503 : 200);
    worker_.on_response(id, {.status = status, .headers = {}}, true, now_);
  }

  std::string path_;
  policies::Configuration configuration_;
  std::deque<policies::lb::ClusterLayout> members_;
  std::unique_ptr<LogWriter> log_;
  RecordedWorker worker_;
  RecordedControl control_;
  RecordedDownstream client_;
  policies::CommandList client_commands_;
  std::deque<std::function<void()>> later_;
  Instant now_{};
  int started_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace squall::decisions
