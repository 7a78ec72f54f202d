// A draw names what it is for; a bare number is no purpose.
// error: (invalid conversion|cannot convert|no matching function) .*
#include "policies/base/mix.h"

std::uint64_t draw(std::uint64_t random) {
#ifdef MISTAKE
  squall::Purpose purpose = 3;
#else
  squall::Purpose purpose = squall::Purpose::kBackoff;
#endif
  return squall::mix(random, purpose, 0);
}
