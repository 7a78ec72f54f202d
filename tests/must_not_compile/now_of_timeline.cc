// A policy cannot ask what time it is.
// error: 'now' is not a member of 'squall::Instant::clock'|'now' is not a member of
// 'squall::Timeline'
#include "policies/base/time.h"

squall::Instant later(squall::Instant now) {
#ifdef MISTAKE
  now = squall::Timeline::now();
#endif
  return now + squall::Duration(1);
}
