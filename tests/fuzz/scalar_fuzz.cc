// Any text read as each type that a field can have: never a crash, and what is read is within its
// range.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/names.h"
#include "config/value.h"
#include "policies/base/check.h"
#include "policies/base/time.h"

namespace {

using namespace squall;

void read_as_everything(const config::Node& node, config::Dialect dialect) {
  Diagnostics problems;
  const config::Value value(&node, "x", problems, dialect);
  if (const auto d = value.duration({.least = 1ms, .most = 1h}))
    SQUALL_CHECK(*d >= 1ms && *d <= 1h);
  if (const auto ratio = value.ratio()) SQUALL_CHECK(*ratio >= 0 && *ratio <= 1);
  if (const auto rate = value.rate()) SQUALL_CHECK(std::isfinite(*rate) && *rate >= 0);
  if (const auto size = value.size()) SQUALL_CHECK(*size >= 0);
  if (const auto number = value.number()) SQUALL_CHECK(std::isfinite(*number));
  if (const auto i = value.integer({-3, 70'000})) SQUALL_CHECK(*i >= -3 && *i <= 70'000);
  (void)value.whole();
  (void)value.boolean();
  (void)value.text();
  static constexpr std::array<std::string_view, 3> kNames = {"constant", "poisson", "fifo"};
  (void)value.one_of(kNames);
  for (const Diagnostic& one : problems.sorted()) SQUALL_CHECK(to_string(one).size() < 500);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = parse_duration(text)) {
    // What we print reads back as the same.
    SQUALL_CHECK(parse_duration(to_string(*duration)) == duration);
  }
  config::Node node;
  node.kind = config::Node::Kind::kScalar;
  node.text = text;
  for (const bool quoted : {false, true}) {
    node.quoted = quoted;
    for (const config::Dialect dialect :
         {config::Dialect::kSquall, config::Dialect::kKubernetes, config::Dialect::kEnvoy}) {
      read_as_everything(node, dialect);
    }
  }
  return 0;
}
