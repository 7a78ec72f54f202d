#include "policies/route_index.h"

#include <string>

namespace squall::policies {
namespace {

/// What all that a regular expression matches begins with; less where that is hard to see.
std::string_view literal_start(std::string_view pattern) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-";
  if (pattern.find('|') != std::string_view::npos) return {};
  const std::size_t end = std::min(pattern.find_first_not_of(kPlain), pattern.size());
  const bool may_be_absent =
      end < pattern.size() && std::string_view("*?{").find(pattern[end]) != std::string_view::npos;
  return pattern.substr(0, may_be_absent && end > 0 ? end - 1 : end);
}

}  // namespace

RouteIndex::RouteIndex(std::span<const Route> routes) {
  entries_.reserve(routes.size());
  for (const Route& route : routes) entries_.push_back(entry_of(route.match.path));
}

RouteIndex::Entry RouteIndex::entry_of(const PathMatch& match) {
  std::string_view start;
  switch (match.kind) {
    case PathMatch::Kind::kPrefix:
    case PathMatch::Kind::kSeparatedPrefix:
    case PathMatch::Kind::kExact:
      start = match.value;
      break;
    case PathMatch::Kind::kRegex:
      start = literal_start(match.value);
      break;
    case PathMatch::Kind::kTemplate:
    case PathMatch::Kind::kConnect:
      return {};
  }
  Entry entry;
  entry.least = static_cast<std::uint16_t>(std::min(start.size(), kLongest));
  if (match.kind == PathMatch::Kind::kExact) entry.most = entry.least;
  const bool sensitive = match.case_sensitive || match.kind == PathMatch::Kind::kRegex;
  if (!sensitive || start.size() > kLongest) return entry;
  const std::size_t bytes = std::min(start.size(), kWord);
  entry.at = static_cast<std::uint16_t>(start.size() - bytes);
  std::memcpy(&entry.word, start.data() + entry.at, bytes);
  std::memset(&entry.mask, 0xff, bytes);
  return entry;
}

}  // namespace squall::policies
