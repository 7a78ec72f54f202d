// ClientThrottle: what share of its tries does an application's client turn away by itself?
//
// As much as it sends beyond `k` times what is accepted: (requests - k accepts) / (requests + 1),
// both of the latest window. Source: Beyer and others, "Site Reliability Engineering", chapter 21.
#pragma once
#include <algorithm>

#include "policies/base/time.h"
#include "scenarios/client_model.h"
#include "sim/rolling_sum.h"

namespace squall::sim {

class ClientThrottle {
 public:
  explicit ClientThrottle(const scenarios::ClientThrottle& settings)
      : k_(settings.k), requests_(settings.window), accepts_(settings.window) {}

  /// Whether one more goes; `draw` is in [0, 1). One that does counts once it has ended: else the
  /// first would look like refusals of all that came before their answers.
  bool send(Instant now, double draw) {
    const auto requests = static_cast<double>(requests_.sum(now));
    const auto accepts = static_cast<double>(accepts_.sum(now));
    if (draw >= std::max(0.0, (requests - k_ * accepts) / (requests + 1))) return true;
    requests_.add(now, 1);
    return false;
  }
  void on_result(bool failed, Instant now) {
    requests_.add(now, 1);
    accepts_.add(now, failed ? 0 : 1);
  }

 private:
  double k_;
  RollingSum requests_, accepts_;
};

}  // namespace squall::sim
