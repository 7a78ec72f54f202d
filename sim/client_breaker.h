// ClientBreaker: may an application's client send, after how many of its tries have failed?
//
// It stops retries for as long as too many fail, or every call: then it is open for a while, and
// closes again when the one try that it lets through succeeds.
#pragma once
#include <cstdint>

#include "policies/base/time.h"
#include "scenarios/client_model.h"
#include "sim/rolling_sum.h"

namespace squall::sim {

class ClientBreaker {
 public:
  enum class Pass : std::uint8_t { kYes, kProbe, kNo };

  explicit ClientBreaker(const scenarios::ClientBreaker& settings);
  /// A first try, a retry or a hedge; kProbe: its end is told with `probe`.
  Pass send(Instant now);
  /// Whether another try may follow one that failed.
  bool lets_retry(Instant now);
  void on_result(bool failed, bool probe, Instant now);
  /// A try that was sent as a probe was given up without a result.
  void on_probe_lost() { probing_ = false; }

 private:
  bool too_many(Instant now);
  void open(Instant now);

  scenarios::ClientBreaker settings_;
  RollingSum tries_, failures_;
  bool open_ = false, probing_ = false;
  Instant until_{};  // open_: when a probe may go
};

}  // namespace squall::sim
