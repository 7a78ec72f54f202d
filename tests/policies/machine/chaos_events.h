// The events of Chaos, one function each: which comes next, and those of attempts and connections.
#pragma once
#include "tests/policies/machine/chaos_requests.h"

namespace squall::policies {

inline void Chaos::step() {
  switch (draw(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return begin();
    case 4:
      return draw(4) == 0 ? leave() : continue_request();
    case 5:
    case 6:
      return connect();
    case 7:
    case 8:
    case 9:
      return respond();
    case 10:
      return reset();
    case 11:
      return draw(3) == 0 ? close() : manage_connection();
    case 12:
      return draw(4) == 0 ? change_hosts() : stale_event();
    default:
      return pass(std::chrono::milliseconds(draw(30)));
  }
}

inline void Chaos::connect() {
  LedgerConnection* connection = any(ledger_.connections);
  if (connection == nullptr || connection->up) return;
  const ConnectionId id = connection->id;
  if (draw(5) > 0) {
    connection->up = true;
    return event([&] { worker_.on_connected(id, now_); });
  }
  ledger_.connections.erase(id.index);
  old_connection_ = id;
  event([&] {
    worker_.on_connect_failed(id, ResetReason::kRemoteConnectionFailure, kConnectionRefused, now_);
  });
}

inline void Chaos::respond() {
  LedgerAttempt* attempt = any(ledger_.attempts);
  if (attempt == nullptr) return;
  const AttemptId id = attempt->id;
  const bool end = draw(3) > 0, first = !attempt->head;
  attempt->head = true;
  if (end && worker_.request(attempt->request).complete) ledger_.end_stream(*attempt);
  static constexpr std::uint16_t kCodes[] = {200, 302, 303, 404, 500, 503};
  event([&] {
    if (!first) return worker_.on_response_body(id, 1, end, now_);
    worker_.on_response(
        id, {.status = kCodes[draw(6)], .headers = {}, .closes_connection = draw(8) == 0}, end,
        now_);
  });
  if (end) expect_over(id.index);
}

inline void Chaos::reset() {
  LedgerAttempt* attempt = any(ledger_.attempts);
  if (attempt == nullptr) return;
  static constexpr ResetReason kReasons[] = {
      ResetReason::kRemoteReset, ResetReason::kRemoteRefusedStream, ResetReason::kProtocolError};
  const AttemptId id = attempt->id;
  ledger_.end_stream(*attempt);
  event([&] { worker_.on_stream_reset(id, kReasons[draw(3)], now_); });
  expect_over(id.index);
}

inline void Chaos::close() {
  LedgerConnection* connection = any(ledger_.connections);
  if (connection == nullptr || !connection->up) return;
  const ConnectionId id = connection->id;
  connection->closed = true;
  for (auto& [index, attempt] : ledger_.attempts) {
    if (attempt.connection == id.index) ledger_.end_stream(attempt);
  }
  event([&] { worker_.on_closed(id, ResetReason::kConnectionTermination, now_); });
  old_connection_ = id;
  std::erase_if(ledger_.attempts,
                [&](const auto& entry) { return entry.second.connection == id.index; });
  ledger_.connections.erase(id.index);
  check_gauges();
}

inline void Chaos::manage_connection() {
  LedgerConnection* connection = any(ledger_.connections);
  if (connection == nullptr || configuration_.epoch.clusters[0].protocol == Protocol::kHttp1)
    return;
  const ConnectionId id = connection->id;
  event([&] {
    if (draw(3) > 0) return worker_.on_settings(id, static_cast<std::uint32_t>(draw(5)));
    worker_.on_goaway(id);
  });
}

/// Any hosts but one may go, and come back.
inline void Chaos::change_hosts() {
  const std::size_t hosts = configuration_.epoch.clusters[0].hosts.size();
  std::vector<bool> absent(hosts);
  for (std::size_t i = 1; i < hosts; ++i) absent[i] = draw(3) == 0;
  members_.push_back(configuration_.layout_without(0, std::move(absent)));
  event([&] {
    worker_.on_hosts(0, members_.back(), now_);
    control_.on_hosts(0, members_.back(), now_);
  });
}

inline void Chaos::stale_event() {
  const std::uint64_t before = worker_.stale_events();
  event([&] {
    worker_.on_client_reset(old_request_, now_);
    worker_.on_stream_reset(old_attempt_, ResetReason::kRemoteReset, now_);
    worker_.on_closed(old_connection_, ResetReason::kConnectionTermination, now_);
  });
  EXPECT_EQ(worker_.stale_events(), before + 3);
  totals_.stale += 3;
}

}  // namespace squall::policies
