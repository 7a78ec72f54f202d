// Repeated headers: which of them are one field, whatever number of fields they come as?
//
// Envoy keeps headers that it knows in a place of their own, where a second value is put behind
// the first with a comma: a matcher sees `a,b`, and so does the upstream. Others stay as many
// fields as they came. Which ones it knows depends on its build; these are what a live 1.40 joins.
// Cost: linear in the fields, nothing else where no name repeats.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "policies/base/text_arena.h"
#include "policies/match.h"

namespace squall::policies {

enum class HeadOf : std::uint8_t { kRequest = 1, kResponse = 2 };

/// Whether a second field of that name joins the first. `name` in lower case.
bool joins(HeadOf head, std::string_view name);
/// "first,second"; an empty one leaves the other.
std::string_view joined_values(std::string_view first, std::string_view second, TextArena& text);
/// Makes one field of those that join, in the place of the first.
void join_repeated(HeadOf head, std::vector<HeaderField>& headers, TextArena& text);

}  // namespace squall::policies
