// FlagNames: the long names of response flags, for access logs.
#pragma once
#include <string_view>

namespace squall::proxy {

/// Of a flag by its short name; the name itself where there is no other.
std::string_view long_name(std::string_view short_name);

}  // namespace squall::proxy
