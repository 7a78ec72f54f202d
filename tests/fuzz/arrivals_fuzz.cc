// Any text is arrivals in order, or errors with their lines: never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policies/base/check.h"
#include "scenarios/arrivals.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<scenarios::LoadOperation> mix = {{.name = "a"}, {.name = "b"}};
  const auto arrivals = scenarios::parse_arrivals(text, "a.csv", mix);
  if (!arrivals) {
    SQUALL_CHECK(arrivals.error().has_errors());
    return 0;
  }
  SQUALL_CHECK(!arrivals->empty());
  SQUALL_CHECK(std::ranges::is_sorted(*arrivals, {}, &scenarios::Arrival::at));
  for (const scenarios::Arrival& one : *arrivals) {
    SQUALL_CHECK(one.at >= Duration{});
    SQUALL_CHECK(one.operation == kNone || one.operation < mix.size());
    SQUALL_CHECK(one.key == kNone || one.key < 10'000'000);
  }
  return 0;
}
