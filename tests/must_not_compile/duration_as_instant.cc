// A span of time is not a point in time.
// error: (cannot convert|could not convert|conversion from) .*
#include "policies/base/time.h"

squall::Instant deadline(squall::Instant now, squall::Duration timeout) {
#ifdef MISTAKE
  squall::Instant at = timeout;
#else
  squall::Instant at = now + timeout;
#endif
  return at;
}
