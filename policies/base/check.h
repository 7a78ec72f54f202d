// Checks of our own invariants: a failure is a bug of this program, never of its input.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace squall::internal {
[[noreturn, gnu::cold]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: %s does not hold\n", file, line, what);
  std::abort();
}
}  // namespace squall::internal

/// Always on: stops the program with the place.
#define SQUALL_CHECK(condition) \
  (static_cast<bool>(condition) \
       ? void()                 \
       : ::squall::internal::check_failed(#condition, __FILE__, __LINE__))

/// In hot loops: on in debug and sanitizer builds.
#ifdef NDEBUG
#define SQUALL_DCHECK(condition) (false ? void(condition) : void())
#else
#define SQUALL_DCHECK(condition) SQUALL_CHECK(condition)
#endif
