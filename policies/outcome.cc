#include "policies/outcome.h"

#include "policies/text_in.h"

namespace squall::policies {

std::string_view details_text(const Outcome& outcome, const HostConfig* host, TextArena& arena) {
  const std::string_view text = details_text(outcome.details, outcome.reset);
  if (outcome.details != Details::kResetBeforeResponse) return text;
  const std::string_view error = to_text(outcome.connect_error, host, arena);
  if (error.empty()) return text;
  return text_in(arena, "{}|{}}}", text.substr(0, text.size() - 1), error);
}

}  // namespace squall::policies
