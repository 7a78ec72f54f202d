#include "policies/filter/rate_limit_action.h"

#include <algorithm>
#include <string>
#include <utility>

#include "policies/base/percent.h"

namespace squall::policies {
namespace {

using Kind = RateLimitAction::Kind;

/// The first value of each name counts; others follow it.
std::vector<std::pair<std::string, std::string>> parameters_of(std::string_view path) {
  std::vector<std::pair<std::string, std::string>> all;
  const std::size_t mark = path.find('?');
  if (mark == std::string_view::npos) return all;
  std::string_view rest = path.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    all.emplace_back(percent_decode(pair.substr(0, equals)),
                     percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return all;
}

bool all_match(const std::vector<QueryMatch>& matches, std::string_view path) {
  const auto parameters = parameters_of(path);
  return std::ranges::all_of(matches, [&](const QueryMatch& match) {
    const auto at =
        std::ranges::find(parameters, match.name, &std::pair<std::string, std::string>::first);
    if (!match.text) return (at != parameters.end()) == match.present;
    return at != parameters.end() && match.text->matches(at->second);
  });
}

/// What a header's or parameter's value makes; without one there is no descriptor, unless the
/// action may be skipped.
std::optional<DescriptorEntries> entry_if(const RateLimitAction& action, bool found,
                                          std::string_view value) {
  if (found && !value.empty()) return DescriptorEntries{{action.key, std::string(value)}};
  if (action.skip_if_absent && !found) return DescriptorEntries();
  return std::nullopt;
}

}  // namespace

std::optional<DescriptorEntries> entries_of(const RateLimitAction& action, const RequestHead& head,
                                            std::string_view source, std::string_view destination) {
  const auto entry = [&](std::string_view value) {
    return DescriptorEntries{{action.key, std::string(value)}};
  };
  switch (action.kind) {
    case Kind::kGenericKey:
      return entry(action.value);
    case Kind::kSourceCluster:
      return entry(source);
    case Kind::kDestinationCluster:
      return entry(destination);
    case Kind::kRemoteAddress:
      return head.peer.empty() ? std::nullopt : std::optional(entry(head.peer));
    case Kind::kRequestHeader: {
      const auto value = find_header(head, action.value);
      return entry_if(action, value.has_value(), value.value_or(""));
    }
    case Kind::kQueryParameter: {
      const auto all = parameters_of(head.path);
      const auto at =
          std::ranges::find(all, action.value, &std::pair<std::string, std::string>::first);
      return entry_if(action, at != all.end(), at != all.end() ? at->second : "");
    }
    case Kind::kHeaderValueMatch: {
      const bool all = std::ranges::all_of(
          action.headers, [&](const HeaderMatch& match) { return matches(match, head); });
      if (all == action.expect_match) return entry(action.value);
      return std::nullopt;
    }
    case Kind::kQueryParameterValueMatch:
      if (all_match(action.query, head.path) == action.expect_match) return entry(action.value);
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace squall::policies
