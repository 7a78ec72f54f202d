#include "sim/proxy.h"

namespace squall::sim {

Target Proxy::target_of(std::uint32_t host) const {
  if (!inbound) return rules.targets[host];
  return {.pod = pod, .port = rules.rules->epoch.host(host).port};
}

void Proxy::cancel_timers(Engine& engine) {
  for (std::uint32_t i = 0; i < worker.requests().capacity(); ++i) {
    if (worker.request(i).global_armed) engine.cancel(handle_of(worker.request(i).timer));
  }
  for (std::uint32_t i = 0; i < worker.attempts().capacity(); ++i) {
    if (worker.attempt(i).per_try_armed) engine.cancel(handle_of(worker.attempt(i).timer));
  }
  timers.cancel_all(engine);
}

}  // namespace squall::sim
