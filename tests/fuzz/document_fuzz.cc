// Any text is a tree or an error with a place: never a crash, never beyond the limits.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/document.h"
#include "policies/base/check.h"

namespace {

void walk(const squall::config::Node& node, int depth) {
  SQUALL_CHECK(depth <= 101);
  SQUALL_CHECK(node.place.line > 0 && node.place.column > 0);
  (void)node.as_bool();
  (void)node.as_int();
  (void)node.as_number();
  for (const auto& item : node.items) walk(item, depth + 1);
  for (const auto& member : node.members) walk(member.value, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"fuzz.yaml", "fuzz.json"}) {
    const auto documents = squall::config::parse_documents(text, name);
    if (documents) {
      for (const auto& document : *documents) walk(document, 1);
    } else {
      SQUALL_CHECK(documents.error().has_errors());
    }
  }
  return 0;
}
