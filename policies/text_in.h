// text_in: a text formatted into an arena.
#pragma once
#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "policies/base/text_arena.h"

namespace squall::policies {

template <class... Arguments>
std::string_view text_in(TextArena& arena, fmt::format_string<Arguments...> format,
                         Arguments&&... arguments) {
  fmt::memory_buffer buffer;
  fmt::format_to(std::back_inserter(buffer), format, std::forward<Arguments>(arguments)...);
  return arena.store({buffer.data(), buffer.size()});
}

}  // namespace squall::policies
