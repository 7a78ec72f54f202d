#include "reports/alike_requests.h"

#include <algorithm>
#include <utility>

namespace squall::reports {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What of its decisions tells it apart; the sentence alone where none is traced.
std::string key_of(const ChangedRequest& one) {
  std::string key = one.load() + '\n' + one.before() + '\n' + one.after() + '\n';
  return key + without_numbers(one.first_difference());
}

}  // namespace

std::string without_numbers(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (!is_digit(text.front())) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    std::size_t end = 0;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
    text.remove_prefix(end);
    for (const std::string_view unit : {" ns", " µs", " ms", " s", " min"}) {
      const bool whole =
          text.starts_with(unit) &&
          (text.size() == unit.size() || std::string_view(" ,;:()").contains(text[unit.size()]));
      if (!whole) continue;
      text.remove_prefix(unit.size());
      break;
    }
    out += '#';
  }
  return out;
}

std::vector<AlikeRequests> alike_requests(
    const google::protobuf::RepeatedPtrField<ChangedRequest>& all) {
  std::vector<std::pair<std::string, AlikeRequests>> groups;
  for (const ChangedRequest& one : all) {
    std::string key = key_of(one);
    const auto known =
        std::ranges::find(groups, key, &std::pair<std::string, AlikeRequests>::first);
    if (known != groups.end()) {
      ++known->second.requests;
    } else {
      groups.emplace_back(std::move(key), AlikeRequests{.first = &one, .requests = 1});
    }
  }
  std::vector<AlikeRequests> out;
  for (const auto& [key, group] : groups) out.push_back(group);
  std::ranges::stable_sort(out, std::ranges::greater{}, &AlikeRequests::requests);
  return out;
}

}  // namespace squall::reports
