// The id of one kind of record does not find another.
// error: (cannot convert|could not convert) .*
#include "policies/base/ids.h"

struct Request {
  std::uint32_t index, generation;
};
struct Connection {
  std::uint32_t index, generation;
};

Request* find(squall::Slab<Request>& requests, squall::Id<Request> request,
              squall::Id<Connection> connection) {
#ifdef MISTAKE
  return requests.find(connection);
#else
  return connection ? requests.find(request) : nullptr;
#endif
}
