// prefetch: a hint that an object will be looked at before long.
//
// The empty asm is what makes it an effect. Without one, a function that only fetches is pure to
// GCC, which then leaves its calls out, silently.
#pragma once
#include <cstddef>

namespace squall {

inline void prefetch(const void* object) {
  __builtin_prefetch(object);
  asm volatile("");
}
/// So many cache lines from its beginning on.
template <std::size_t Lines>
inline void prefetch_lines(const void* object) {
  for (std::size_t i = 0; i < Lines; ++i) prefetch(static_cast<const char*>(object) + 64 * i);
}

}  // namespace squall
