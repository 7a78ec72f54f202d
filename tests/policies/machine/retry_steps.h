// What tests of retries and of timeouts begin with.
#pragma once
#include <string>
#include <string_view>

#include "tests/policies/machine/shell.h"

namespace squall::policies {

/// Back-off of no time: [0, 1) ms.
inline RetryPolicy at_once(std::string_view conditions, std::uint32_t retries = 1) {
  RetryPolicy policy = retries_on(conditions, retries);
  policy.base_interval = 1ms;
  policy.max_interval = 1ms;
  return policy;
}

/// A request whose first attempt has its stream on c0.
inline void start(Shell& shell) {
  shell.request();
  shell.connect(0);
  shell.take();
}

inline std::string flags(const Shell& shell, std::uint32_t request = 0) {
  return to_string(shell.worker.request(request).outcome.flags);
}

}  // namespace squall::policies
