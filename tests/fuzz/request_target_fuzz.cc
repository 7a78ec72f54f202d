// A client's path and host under every rule: what comes out is clean and its own normal form.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/check.h"
#include "policies/request_target.h"

namespace {

using namespace squall::policies;

bool has_dot_segment(std::string_view path) {
  for (const std::string_view segment : {"/.", "/.."}) {
    for (std::size_t at = path.find(segment); at != std::string_view::npos;
         at = path.find(segment, at + 1)) {
      const std::size_t end = at + segment.size();
      if (end == path.size() || path[end] == '/') return true;
    }
  }
  return false;
}

void check_path(const TargetRules& rules, std::string_view text) {
  squall::TextArena arena;
  std::string_view path = text;
  const Reception reception = receive_path(rules, false, path, arena);
  if (reception == Reception::kNoPath || reception == Reception::kBadPath) return;
  SQUALL_CHECK(path.starts_with('/') && path.size() <= 3 * text.size() + 1);
  if (!rules.normalize_path) return;
  const std::string_view bare = path.substr(0, path.find('?'));
  SQUALL_CHECK(!has_dot_segment(bare));
  // Parameters of dot segments that were written otherwise go when they are read again: as Envoy.
  if (bare.contains("/.;") || bare.contains("/..;")) return;
  std::string_view again = path;
  const TargetRules normal{.normalize_path = true, .merge_slashes = rules.merge_slashes};
  SQUALL_CHECK(receive_path(normal, false, again, arena) == Reception::kTaken && again == path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const TargetRules rules{.normalize_path = (data[0] & 1) != 0,
                          .merge_slashes = (data[0] & 2) != 0,
                          .strip_host_dot = (data[0] & 4) != 0,
                          .escaped_slashes = static_cast<EscapedSlashes>(data[0] >> 3 & 3),
                          .strip_port = static_cast<StripPort>((data[0] >> 5) % 3)};
  check_path(rules, "/" + std::string(text));
  squall::TextArena arena;
  SQUALL_CHECK(receive_host(rules, 80, text, arena).size() <= text.size());
  return 0;
}
