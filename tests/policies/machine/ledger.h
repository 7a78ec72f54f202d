// Ledger: what a shell knows to be under way, held against every command: nothing is commanded of
// what does not exist, and everything ends once.
#pragma once
#include <gtest/gtest.h>

#include <map>

#include "policies/worker.h"

namespace squall::policies {

struct LedgerRequest {
  RequestId id;
  bool complete = false, answered = false, left = false, reset = false, kept = false;
  bool copy = false;          // a mirror's
  Instant deadline = kNever;  // of the route's timeout
};
struct LedgerAttempt {
  AttemptId id;
  std::uint32_t request = kNone, connection = kNone;
  bool head = false, ended = false;  // ended: its last event is being brought
};
struct LedgerConnection {
  ConnectionId id;
  bool up = false, closed = false;  // closed: likewise
  std::uint32_t streams = 0;
};

class Ledger {
 public:
  std::map<std::uint32_t, LedgerRequest> requests;
  std::map<std::uint32_t, LedgerAttempt> attempts;
  std::map<std::uint32_t, LedgerConnection> connections;

  void take(const Command& c, const Worker& worker) {
    switch (c.kind()) {
      case CommandKind::kAnswer:
      case CommandKind::kForwardHead:
        EXPECT_FALSE(std::exchange(request(c).answered, true));
        return;
      case CommandKind::kForwardBody:
      case CommandKind::kForwardTrailers:
        EXPECT_TRUE(request(c).answered && !request(c).reset);
        return;
      case CommandKind::kResetClient:
        EXPECT_TRUE(request(c).answered && !std::exchange(request(c).reset, true));
        return;
      case CommandKind::kKeep:
        EXPECT_FALSE(std::exchange(request(c).kept, true));
        return;
      case CommandKind::kRelease:
        EXPECT_TRUE(std::exchange(request(c).kept, false));
        return;
      case CommandKind::kMirror:
        EXPECT_FALSE(requests.contains(c.subject()));
        requests[c.subject()].left = requests[c.subject()].copy = true;
        return;
      case CommandKind::kMirrorBody:
        EXPECT_TRUE(requests.contains(c.subject()));
        return;
      case CommandKind::kLog:
        EXPECT_TRUE((request(c).answered || request(c).left) && !request(c).kept);
        requests.erase(c.subject());
        return;
      case CommandKind::kStart:
        return start(c, worker);
      case CommandKind::kSendBody:
      case CommandKind::kSendTrailers:
      case CommandKind::kReset:
        EXPECT_FALSE(attempt(c).ended);
        if (c.kind() == CommandKind::kReset) end(c.subject());
        return;
      case CommandKind::kOpen:
        EXPECT_FALSE(connections.contains(c.subject()));
        connections[c.subject()].id = worker.connection_id(c.subject());
        return;
      case CommandKind::kClose:
        EXPECT_TRUE(!connection(c).closed && connection(c).streams == 0);
        connections.erase(c.subject());
        return;
      case CommandKind::kArm:
        return arm(c, worker);
      default:
        return;
    }
  }
  /// Its stream is over; the event that says so is about to be brought.
  void end_stream(LedgerAttempt& attempt) {
    attempt.ended = true;
    --connections[attempt.connection].streams;
  }
  /// The attempt is over.
  void end(std::uint32_t index) {
    const auto at = attempts.find(index);
    if (at == attempts.end()) return;
    if (!at->second.ended) end_stream(at->second);
    attempts.erase(at);
  }

 private:
  LedgerRequest& request(const Command& c) {
    EXPECT_TRUE(requests.contains(c.subject()));
    return requests[c.subject()];
  }
  LedgerAttempt& attempt(const Command& c) {
    EXPECT_TRUE(attempts.contains(c.subject()));
    return attempts[c.subject()];
  }
  LedgerConnection& connection(const Command& c) {
    EXPECT_TRUE(connections.contains(c.subject()));
    return connections[c.subject()];
  }
  void start(const Command& c, const Worker& worker) {
    EXPECT_FALSE(attempts.contains(c.subject()));
    const Attempt& record = worker.attempt(c.subject());
    EXPECT_TRUE(requests.contains(record.request));
    attempts[c.subject()] = {
        .id = worker.attempt_id(c.subject()), .request = record.request, .connection = c.other()};
    LedgerConnection& on = connections[c.other()];
    EXPECT_TRUE(on.up && !on.closed);
    EXPECT_LE(++on.streams, worker.configuration().epoch.clusters[0].max_concurrent_streams);
  }
  void arm(const Command& c, const Worker& worker) {
    switch (c.timer()) {
      case TimerKind::kGlobal:
      case TimerKind::kBackoff:
      case TimerKind::kStreamIdle:
      case TimerKind::kRequestOverall:
      case TimerKind::kStreamDuration:
        EXPECT_TRUE(requests.contains(c.subject()));
        return;
      case TimerKind::kPerTry:
      case TimerKind::kPerTryIdle:
        EXPECT_TRUE(attempts.contains(c.subject()));
        return;
      case TimerKind::kUpstreamDuration:  // from when it has its stream: just before its start
        EXPECT_EQ(worker.attempt(c.subject()).index, c.subject());
        return;
      case TimerKind::kConnect:
      case TimerKind::kConnectionIdle:
      case TimerKind::kConnectionMax:
        EXPECT_TRUE(connections.contains(c.subject()));
        return;
      default:
        return;
    }
  }
};

}  // namespace squall::policies
