// Any text is a bootstrap or errors: never a crash, and what is accepted can be indexed.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "config/bootstrap.h"
#include "config/document.h"
#include "policies/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = squall::config::parse_documents(text, "fuzz.yaml");
  if (!documents || documents->empty()) return 0;
  auto bootstrap = squall::config::read_bootstrap(documents->front());
  if (bootstrap) {
    SQUALL_CHECK(bootstrap->listeners.size() == bootstrap->epoch.listeners.size());
    bootstrap->epoch.index();
  } else {
    SQUALL_CHECK(bootstrap.error().has_errors());
  }
  return 0;
}
