// Shell: a worker and its Control driven by a script: events go in, the commands come out as lines,
// and time passes only when the test says so.
//
// It carries out what concerns the machines themselves (results, ejections, timers, the end of a
// turn); connections, requests and answers are the test's. At one instant events come before the
// end of the turn, that before timers, as in any shell.
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "policies/control.h"
#include "policies/worker.h"
#include "tests/policies/machine/lines.h"
#include "tests/policies/machine/plan.h"
#include "tests/policies/machine/timers.h"

namespace squall::policies {

class Shell {
 public:
  explicit Shell(Epoch epoch, std::uint64_t seed = 0, std::int64_t unix_seconds = 0)
      : configuration(std::move(epoch), unix_seconds),
        worker(configuration, seed),
        control(configuration, seed, Instant{}) {}
  explicit Shell(const Plan& plan) : Shell(plan.epoch()) {}

  Configuration configuration;
  Worker worker;
  Control control;
  Timers timers;
  Instant now{};
  bool writes = true;  // a start sends the first byte at once

  /// Its index. `random` decides what is drawn for it.
  std::uint32_t request(const RequestHead& head, bool end = true, std::uint64_t random = 0) {
    const std::uint32_t index = worker.on_request(0, head, random, end, now).index;
    pump();
    return index;
  }
  std::uint32_t request() { return request({}); }
  void body(std::uint32_t request, std::uint64_t bytes, bool end) {
    event([&] { worker.on_request_body(worker.request_id(request), bytes, end, now); });
  }
  void leave(std::uint32_t request) {
    event([&] { worker.on_client_reset(worker.request_id(request), now); });
  }
  void connect(std::uint32_t connection) {
    event([&] { worker.on_connected(worker.connection_id(connection), now); });
  }
  void refuse(std::uint32_t connection, ConnectError error = kConnectionRefused) {
    event([&] {
      worker.on_connect_failed(worker.connection_id(connection),
                               ResetReason::kRemoteConnectionFailure, error, now);
    });
  }
  void close(std::uint32_t connection, ResetReason why = ResetReason::kConnectionTermination) {
    event([&] { worker.on_closed(worker.connection_id(connection), why, now); });
  }
  void respond(std::uint32_t attempt, const ResponseHead& head, bool end = true) {
    event([&] { worker.on_response(worker.attempt_id(attempt), head, end, now); });
  }
  void respond(std::uint32_t attempt, std::uint16_t status = 200, bool end = true) {
    respond(attempt, ResponseHead{.status = status, .headers = {}}, end);
  }
  void respond_body(std::uint32_t attempt, bool end) {
    event([&] { worker.on_response_body(worker.attempt_id(attempt), 1, end, now); });
  }
  void reset(std::uint32_t attempt, ResetReason why) {
    event([&] { worker.on_stream_reset(worker.attempt_id(attempt), why, now); });
  }
  void check(std::uint32_t host, CheckOutcome outcome) {
    event([&] { control.on_check_result(host, outcome, now); });
  }
  /// What Control commanded when it was made.
  void start() { pump(); }
  /// kRedirect's answer; its index. No head: it leads nowhere.
  std::uint32_t redirect(std::uint32_t request, const RequestHead* head) {
    const std::uint32_t fresh = worker.on_redirect(worker.request_id(request), head, 1, now).index;
    pump();
    return fresh;
  }
  /// Any other event.
  template <class Event>
  void event(const Event& bring) {
    bring();
    pump();
  }

  /// Ends the turn, fires what is due on the way, and lets so much time pass.
  void pass(Duration time) {
    const Instant until = now + time;
    end_turn();
    while (const auto timer = timers.take(until)) {
      now = std::max(now, timer->deadline);
      if (is_controls(timer->kind)) {
        event([&] { control.on_timer(timer->kind, timer->owner, now); });
      } else {
        event([&] { worker.on_timer(timer->kind, timer->owner, now); });
      }
      end_turn();
    }
    now = until;
  }
  void end_turn() {
    while (worker.wants_turn_end() || control.wants_turn_end()) {
      if (worker.wants_turn_end()) event([&] { worker.on_turn_end(now); });
      if (control.wants_turn_end()) event([&] { control.on_turn_end(now); });
    }
  }

  /// Everything commanded since the last call.
  Lines take() { return std::exchange(lines_, {}); }
  const Gauges& gauges(std::uint32_t cluster = 0, bool high = false) const {
    return worker.cluster(cluster)->gauges[high];
  }
  std::uint64_t stat(Stat stat, std::uint32_t cluster = 0) const {
    return worker.cluster(cluster)->stats.get(stat);
  }

 private:
  void pump() {
    while (worker.has_command() || control.has_command()) {
      const bool first = worker.has_command();
      const Command command = first ? worker.next_command() : control.next_command();
      lines_.push_back(line_of(command, worker, now));
      carry_out(command);
    }
  }
  void carry_out(const Command& c) {
    if (c.kind() == CommandKind::kArm) {
      timers.arm(c);
    } else if (c.kind() == CommandKind::kCancel) {
      timers.cancel(c);
    } else if (c.kind() == CommandKind::kHostResult) {
      control.on_host_result(c.cluster(), c.subject(), c.result(), c.code(), now);
    } else if (c.kind() == CommandKind::kSetHealth && c.end()) {
      worker.on_host_drain(c.subject(), now);
    } else if (c.kind() == CommandKind::kPublish) {
      worker.on_host_health(c.subject(), control.published(c.subject()));
    } else if (c.kind() == CommandKind::kStart && writes) {
      worker.on_first_byte_sent(worker.attempt_id(c.subject()));
    }
  }
  Lines lines_;
};

}  // namespace squall::policies
