// ClientBudget: may an application's client retry, after how much it has asked and retried?
//
// Two kinds. Tokens: calls and successes earn them, retries and failures cost them, as in gRPC's
// retry throttling and in the token bucket of the AWS clients. A ratio: of the calls of the latest
// while, with a reserve, as in Finagle. Both count in millionths, so that ten tenths are one.
#pragma once
#include <cstdint>
#include <variant>

#include "policies/base/time.h"
#include "scenarios/client_model.h"
#include "sim/rolling_sum.h"

namespace squall::sim {

class ClientTokens {
 public:
  explicit ClientTokens(const scenarios::TokenBudget& settings);
  void on_call(Instant) { earn(per_call_); }
  void on_result(bool failed) { failed ? spend(per_failure_) : earn(per_success_); }
  /// False: there are not enough.
  bool take(Instant);

 private:
  void earn(std::int64_t n);
  void spend(std::int64_t n);
  std::int64_t most_, per_call_, per_success_, per_retry_, per_failure_, floor_;
  std::int64_t left_;
};

class ClientRatio {
 public:
  explicit ClientRatio(const scenarios::RatioBudget& settings);
  void on_call(Instant now) { balance_.add(now, ratio_); }
  void on_result(bool) {}
  bool take(Instant now);

 private:
  std::int64_t ratio_, reserve_;
  RollingSum balance_;  // earned and spent
};

class ClientBudget {
 public:
  explicit ClientBudget(const scenarios::ClientRetries& retries);
  void on_call(Instant now);
  void on_result(bool failed);
  /// Whether a retry may be sent, which then has been paid for.
  bool take(Instant now);

 private:
  struct None {
    void on_call(Instant) {}
    void on_result(bool) {}
    bool take(Instant) { return true; }
  };
  std::variant<None, ClientTokens, ClientRatio> of_;
};

}  // namespace squall::sim
