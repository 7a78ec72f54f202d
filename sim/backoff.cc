#include "sim/backoff.h"

#include <algorithm>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

/// base x factor^(retry-1), at most `most`.
double grown(double base, double factor, std::uint64_t retry, double most) {
  if (factor <= 1) return std::min(base, most);
  double wait = base;
  for (std::uint64_t i = 1; i < retry && wait < most; ++i) wait *= factor;
  return std::min(wait, most);
}

}  // namespace

Duration backoff_wait(const scenarios::Backoff& backoff, std::uint64_t retry, Duration last,
                      std::uint64_t random) {
  using Jitter = scenarios::Backoff::Jitter;
  const auto base = static_cast<double>(backoff.base.count());
  const auto most = static_cast<double>(backoff.max.count());
  const double u = unit(random);
  double wait = grown(base, backoff.factor, retry, most);
  switch (backoff.jitter) {
    case Jitter::kNone:
      break;
    case Jitter::kEqual:
      wait = wait / 2 * (1 + u);
      break;
    case Jitter::kFull:
      wait *= u;
      break;
    case Jitter::kDecorrelated: {  // grows by itself, without the factor
      const double before = std::max(static_cast<double>(last.count()), base);
      wait = std::min(base + u * (3 * before - base), most);
      break;
    }
  }
  return Duration(static_cast<std::int64_t>(wait));
}

}  // namespace squall::sim
