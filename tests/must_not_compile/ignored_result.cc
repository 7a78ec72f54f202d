// What is wrong with the user's input cannot be overlooked.
// error: ignoring returned value
#include "policies/base/result.h"

squall::Result<int> read_number();

bool reads() {
#ifdef MISTAKE
  read_number();
  return true;
#else
  return read_number().has_value();
#endif
}
