// Forms that protobuf has for one value, as Envoy's configurations may write it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/document.h"
#include "policies/base/time.h"

namespace squall::config {

/// "1.5s", at most nine decimals.
std::optional<Duration> parse_proto_duration(std::string_view text);
/// As that has it.
std::string proto_text(Duration value);
/// Of `{value: 3}`, a wrapped number or truth, the value; else the node itself.
const Node& unwrapped(const Node& node);
/// Of `{seconds: 1, nanos: 500000000}`; none: it is no such mapping, or too long.
std::optional<Duration> parts_of_duration(const Node& node);

}  // namespace squall::config
