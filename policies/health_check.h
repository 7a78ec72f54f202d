// Active health checks: what does a check's outcome make of a host, and when is the next one?
//
// A host is unhealthy until its first check has passed; from then on it takes so many passes or
// failures in a row to change its mind, but a wrong answer, other than a failed connection or a
// timeout, counts at once. Connections, timers and who is told are the caller's. Source: Envoy's
// health_checker_base_impl and http/health_checker_impl, 1.36, checked on a live 1.40
// (docs/policies.md, "Health checks"). Cost: constant; an answer is linear in its headers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policies/base/time.h"
#include "policies/head.h"
#include "policies/health.h"
#include "policies/health_check_config.h"

namespace squall::policies {

bool contains(const std::vector<StatusRange>& ranges, std::uint32_t status);

/// State of one check of one host.
struct CheckState {
  HealthFlags flags;                         // its own view: the host's, where it is the only check
  std::uint32_t healthy = 0, unhealthy = 0;  // in a row, while it is the other
  std::uint32_t checks = 0;                  // begun so far: the number of the next draws
  bool first = true;                         // no result yet
  bool under_way = false;
};

enum class CheckOutcome : std::uint8_t {
  kSuccess,
  kDegraded,        // passed, and says that it is degraded
  kFailure,         // a wrong answer
  kRetriable,       // one that counts up to the threshold
  kNetworkFailure,  // no connection, or it broke
  kTimeout,
  kPassive,  // an upstream response asked for it
};
inline constexpr std::size_t kCheckOutcomes = static_cast<std::size_t>(CheckOutcome::kPassive) + 1;
struct CheckResult {
  CheckOutcome outcome = CheckOutcome::kSuccess;
  bool excludes = false;     // the host counts nowhere until it passes again
  std::uint16_t status = 0;  // of an HTTP answer
  bool verified = false;     // the name of who answered was looked at
};
constexpr bool passed(CheckOutcome outcome) {
  return outcome == CheckOutcome::kSuccess || outcome == CheckOutcome::kDegraded;
}

enum class CheckTransition : std::uint8_t { kUnchanged, kChangePending, kChanged };

CheckTransition on_check_result(const HealthCheck& config, CheckState& state, HealthFlags& flags,
                                CheckResult result);

/// 64 drawn bits each.
struct CheckDraws {
  std::uint64_t percent = 0, interval = 0;
};
/// From the start of checking to the first check; zero: at once.
Duration first_check_delay(const HealthCheck& config, std::uint64_t random);
/// From the end of a check to the next. `had_traffic`: the cluster ever opened a connection.
Duration next_check_delay(const HealthCheck& config, bool healthy, CheckTransition transition,
                          bool had_traffic, CheckDraws draws);

/// What an HTTP answer says; `body_matches`: it has what was to be received.
CheckResult judge(const HttpCheck& check, const ResponseHead& head, bool body_matches = true);
/// Whether `received` has all blocks in their order.
bool matches(const std::vector<std::string>& blocks, std::string_view received);

}  // namespace squall::policies
