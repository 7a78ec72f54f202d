// Any text is a config_dump or errors: never a crash, and what comes of one is a bootstrap or
// errors.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/bootstrap.h"
#include "config/config_dump.h"
#include "policies/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = squall::config::parse_documents(text, "fuzz.json");
  if (!documents || documents->empty()) return 0;
  if (!squall::config::is_config_dump(documents->front())) return 0;
  const auto dump = squall::config::read_config_dump(documents->front());
  if (!dump) {
    SQUALL_CHECK(dump.error().has_errors());
    return 0;
  }
  const auto bootstrap = squall::config::read_bootstrap(dump->bootstrap);
  if (bootstrap) {
    SQUALL_CHECK(bootstrap->epoch.clusters.size() == dump->clusters.size());
  } else {
    SQUALL_CHECK(bootstrap.error().has_errors());
  }
  return 0;
}
