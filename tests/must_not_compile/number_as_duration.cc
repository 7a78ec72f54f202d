// A bare number has no unit, so it is no duration.
// error: (cannot convert|could not convert|conversion from) .*
#include "policies/base/time.h"

squall::Duration timeout() {
#ifdef MISTAKE
  return 250;
#else
  return std::chrono::milliseconds(250);
#endif
}
