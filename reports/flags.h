// Response flags in words: what Envoy's short names mean to someone on call.
#pragma once
#include <string_view>

namespace squall::reports {

/// "UT" -> "the request timed out"; empty for a flag that is not known.
std::string_view flag_in_words(std::string_view flag);

}  // namespace squall::reports
