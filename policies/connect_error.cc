#include "policies/connect_error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "policies/base/ip.h"
#include "policies/cluster_config.h"

namespace squall::policies {

static_assert(kConnectionRefused.number == ECONNREFUSED);

std::string_view to_text(ConnectError error, const HostConfig* host, TextArena& arena) {
  if (error.number == 0) return {};
  std::string text = error.immediate ? "immediate connect error: " : "delayed connect error: ";
  const char* const words = ::strerrordesc_np(error.number);
  text += words != nullptr ? words : "Unknown error " + std::to_string(error.number);
  if (error.immediate && host != nullptr)
    text += "|remote address:" + with_port(host->address, host->port);
  std::ranges::replace(text, ' ', '_');
  return arena.store(text);
}

}  // namespace squall::policies
