#include "policies/timeouts.h"

#include <algorithm>

#include "policies/grpc.h"

namespace squall::policies {
namespace {

/// The older way: grpc-timeout replaces the route's timeout, up to max_grpc_timeout. An absent
/// header is "for ever", which the cap limits as well.
Duration from_grpc_header(const Forward& route, std::optional<std::string_view> header) {
  Duration timeout =
      header ? parse_grpc_timeout(*header).value_or(Duration::zero()) : Duration::zero();
  if (route.grpc_timeout_offset && timeout > *route.grpc_timeout_offset)
    timeout -= *route.grpc_timeout_offset;
  const Duration most = *route.max_grpc_timeout;
  if (most != Duration::zero() && (timeout == Duration::zero() || timeout > most)) timeout = most;
  return timeout;
}

}  // namespace

FinalTimeouts final_timeouts(const Forward& route, const RetryPolicy* retry,
                             const TimeoutInputs& inputs) {
  FinalTimeouts timeouts;
  if (route.max_stream_duration) {
    timeouts.global = Duration::zero();  // that duration is the limit then
  } else if (inputs.grpc && route.max_grpc_timeout) {
    timeouts.global = from_grpc_header(route, inputs.grpc_timeout);
  } else {
    timeouts.global = route.timeout;
  }
  if (retry != nullptr) timeouts.per_try = retry->per_try_timeout;

  const ControlHeaders& control = inputs.control;
  if (inputs.respect_expected && control.expected_timeout) {
    timeouts.global = *control.expected_timeout;
  } else if (control.timeout) {
    timeouts.global = *control.timeout;
  }
  if (control.per_try_timeout) timeouts.per_try = *control.per_try_timeout;
  if (timeouts.global != Duration::zero() && timeouts.per_try >= timeouts.global)
    timeouts.per_try = Duration::zero();
  return timeouts;
}

std::optional<Duration> stream_duration(const Forward& route, std::optional<Duration> manager,
                                        std::optional<std::string_view> grpc_timeout) {
  const auto positive = [](std::optional<Duration> limit) {
    return limit && *limit > Duration::zero() ? limit : std::nullopt;
  };
  if (!route.max_stream_duration) return positive(manager);
  const MaxStreamDuration& own = *route.max_stream_duration;
  const auto asked = grpc_timeout && own.grpc_timeout_header_max ? parse_grpc_timeout(*grpc_timeout)
                                                                 : std::nullopt;
  if (!asked) return own.max ? positive(own.max) : positive(manager);
  Duration limit = *asked;
  if (*own.grpc_timeout_header_max > Duration::zero())
    limit = std::min(limit, *own.grpc_timeout_header_max);
  const Duration offset = own.grpc_timeout_header_offset.value_or(Duration::zero());
  return std::max(limit - offset, Duration::zero());
}

std::uint32_t expected_timeout_ms(FinalTimeouts timeouts, Duration elapsed, bool hedging) {
  std::int64_t expected = to_ms(timeouts.per_try);
  if (expected == 0 || hedging) expected = to_ms(timeouts.global);
  if (timeouts.global > Duration::zero()) {
    const std::int64_t left = to_ms(timeouts.global) - to_ms(elapsed);
    expected = std::max<std::int64_t>(1, std::min(expected, left));
  }
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(expected, 0, ~std::uint32_t{0}));
}

}  // namespace squall::policies
