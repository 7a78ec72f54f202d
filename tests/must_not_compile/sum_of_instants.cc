// Two points in time have a distance, not a sum.
// error: no match for 'operator\+'
#include "policies/base/time.h"

squall::Duration between(squall::Instant a, squall::Instant b) {
#ifdef MISTAKE
  return a + b;
#else
  return a - b;
#endif
}
