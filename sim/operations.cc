#include "sim/operations.h"

#include <re2/re2.h>

#include <algorithm>

namespace squall::sim {
namespace {

bool holds(const scenarios::TextMatch& match, std::string_view text) {
  switch (match.kind) {
    case scenarios::TextMatch::Kind::kExact:
      return text == match.text;
    case scenarios::TextMatch::Kind::kPrefix:
      return text.starts_with(match.text);
    case scenarios::TextMatch::Kind::kRegex:
      return RE2::FullMatch(text, match.text);
  }
  return false;
}

bool holds(const scenarios::RequestMatch& match, const OwnHead& head) {
  const std::string_view path = std::string_view(head.path).substr(0, head.path.find('?'));
  if (match.path && !holds(*match.path, path)) return false;
  if (!match.method.empty() && match.method != head.method) return false;
  for (const scenarios::HeaderMatch& wanted : match.headers) {
    const bool found = std::ranges::any_of(head.headers, [&](const auto& header) {
      return header.first == wanted.name && holds(wanted.value, header.second);
    });
    if (!found) return false;
  }
  return true;
}

}  // namespace

std::uint32_t operation_of(const WorkloadModel& workload, const OwnHead& head) {
  for (std::uint32_t i = 0; i < workload.matches.size(); ++i) {
    if (holds(workload.matches[i], head)) return workload.first_behaviour + i;
  }
  return workload.first_behaviour + workload.behaviours - 1;
}

}  // namespace squall::sim
