#include "sim/client_backoff.h"

#include <algorithm>

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

Duration client_backoff(const scenarios::ClientBackoff& settings, std::uint64_t retry,
                        Duration last, std::uint64_t random) {
  using Jitter = scenarios::ClientBackoff::Jitter;
  const auto base = static_cast<double>(settings.base.count());
  const auto most = static_cast<double>(settings.max.count());
  const double u = unit(mix(mix(random, kClientDraws), Purpose::kBackoff, retry));
  double wait = grown(base, settings.factor, retry, most);
  switch (settings.jitter) {
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
