// Any text is a MeshConfig or errors: never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/document.h"
#include "config/istio_network.h"
#include "policies/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = squall::config::parse_documents(text, "fuzz.yaml");
  if (!documents || documents->empty()) return 0;
  const auto mesh = squall::config::read_mesh_config(documents->front());
  SQUALL_CHECK(mesh || mesh.error().has_errors());
  return 0;
}
