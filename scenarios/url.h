// Whom a scenario names, and what is sent there.
#pragma once
#include <cstdint>
#include <string>

#include "config/document.h"

namespace squall::scenarios {

struct Header {
  std::string name;  // lower case
  std::string value;
};

/// An absolute http:// address.
struct Url {
  std::string text;  // as written
  std::string host;  // lower case, without the port
  std::uint16_t port = 80;
  bool port_written = false;
  std::string path = "/";  // with the query
  config::Place place;
};

/// NAME or NAME.NAMESPACE.
struct WorkloadRef {
  std::string name;
  std::string ns;  // empty: not said; the one workload of that name
  config::Place place{};
  std::string text() const { return ns.empty() ? name : name + "." + ns; }
};

}  // namespace squall::scenarios
