// Any text is a mesh or errors: never a crash, and of what is accepted every view compiles.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/bootstrap.h"
#include "config/compile.h"
#include "policies/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = parse_documents(text, "fuzz.yaml");
  if (!documents) return 0;
  Resources resources;
  squall::Diagnostics diagnostics;
  resources.add(*documents, diagnostics);
  resources.warn_not_simulated(diagnostics);
  resources.note_skipped(diagnostics);
  Mesh mesh(resources, {});
  std::size_t seen = 0;
  for (const MeshPod& pod : mesh.pods()) {
    if (++seen > 4) break;
    const auto view = mesh.view_of(pod);
    SQUALL_CHECK(view->golden().is_object());
    for (const BootstrapFor whom : {BootstrapFor::kProxy, BootstrapFor::kSimulator}) {
      (void)read_bootstrap(to_node(to_bootstrap_outbound(*view, whom)));
      (void)read_bootstrap(to_node(to_bootstrap_inbound(*view, pod, whom)));
    }
  }
  return 0;
}
