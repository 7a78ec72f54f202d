#include "reports/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace squall::reports {
namespace {

constexpr std::size_t kMostNamed = 4;

/// Each sidecar decides it for itself.
bool is_of_sidecars(const std::string& what) { return what == "ejected" || what == "returned"; }

std::string in_words(const std::string& what) {
  if (what == "fault") return "fault begins";
  if (what == "fault_end") return "fault ends";
  if (what == "returned") return "back in use";
  return what;
}

/// How many bytes `b` begins with of `a`, up to the end of a word.
std::size_t shared_words(std::string_view a, std::string_view b) {
  const auto differ = std::ranges::mismatch(a, b).in1 - a.begin();
  const std::size_t blank = a.substr(0, static_cast<std::size_t>(differ)).find_last_of(' ');
  return blank == std::string_view::npos ? 0 : blank + 1;
}

/// How many bytes both end with, from the beginning of a word or the comma before it.
std::size_t shared_end(std::string_view a, std::string_view b) {
  const auto reversed = [](std::string_view text) {
    return std::string(text.rbegin(), text.rend());
  };
  const std::size_t n = shared_words(reversed(a), reversed(b));
  const auto has_comma = [n](std::string_view text) {
    return text.size() > n && text[text.size() - n - 1] == ',';
  };
  return n > 0 && has_comma(a) && has_comma(b) ? n + 1 : n;
}

/// "a", "a and b", "a, b, c, d and 2 more".
std::string listed(const std::vector<std::string>& names) {
  const std::size_t shown = names.size() > kMostNamed + 1 ? kMostNamed : names.size() - 1;
  if (shown == 0) return names.front();
  const std::string last =
      names.size() - shown > 1 ? fmt::format("{} more", names.size() - shown) : names.back();
  return fmt::format(
      "{} and {}", fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "), last);
}

/// One sentence for several: what differs is listed between the words that they begin and end with.
std::string together(const std::vector<std::string>& texts) {
  const std::string& first = texts.front();
  if (std::ranges::all_of(texts, [&](const std::string& one) { return one == first; }))
    return texts.size() == 1 ? first : fmt::format("{}, {} times", first, texts.size());
  std::size_t front = first.size();
  for (const std::string& text : texts)
    front = std::min(front, text == first ? front : shared_words(first, text));
  std::size_t back = first.size() - front;
  for (const std::string& text : texts) {
    if (text != first) back = std::min(back, shared_end(first.substr(front), text.substr(front)));
  }
  std::vector<std::string> differing;
  std::unordered_set<std::string> seen;
  for (const std::string& text : texts) {
    std::string one = text.substr(front, text.size() - front - back);
    if (seen.insert(one).second) differing.push_back(std::move(one));
  }
  return first.substr(0, front) + listed(differing) + first.substr(first.size() - back);
}

}  // namespace

std::vector<TimelineRow> timeline_rows(const RunReport& report, const Names& names) {
  std::vector<TimelineRow> rows;
  for (int i = 0; i < report.timeline_size();) {
    const Happening& first = report.timeline(i);
    std::vector<std::string> whys;
    for (; i < report.timeline_size(); ++i) {
      const Happening& one = report.timeline(i);
      const bool same = one.what() == first.what() && one.who() == first.who();
      if (!whys.empty() && !(same && is_of_sidecars(first.what()))) break;
      whys.push_back(names.in_text(one.why()));
    }
    std::string why = together(whys);
    const double last = report.timeline(i - 1).at_s();
    if (last > first.at_s()) why += fmt::format("; the last at {:.3f} s", last);
    rows.push_back(
        {first.at_s(), in_words(first.what()), names(first.who()), std::move(why), whys.size()});
  }
  return rows;
}

}  // namespace squall::reports
