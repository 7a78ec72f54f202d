#include "policies/runtime.h"

#include <charconv>

namespace squall::policies {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void apply_runtime(Epoch& epoch) {
  if (epoch.runtime.empty()) return;
  visit_runtime_keys(epoch, [&](std::string_view key, const auto& set) {
    const auto found = epoch.runtime.find(key);
    if (found == epoch.runtime.end()) return;
    if (const auto value = number(found->second)) set(*value);
  });
}

}  // namespace squall::policies
