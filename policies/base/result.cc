#include "policies/base/result.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace squall {
namespace {

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

constexpr std::size_t kMostShown = 1000;  // bytes: a message is a line, whatever a file holds

/// On one line, without what would steer a terminal, and not too long.
std::string plain(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // A sequence of UTF-8 is not cut apart.
    if (out.size() >= kMostShown && (c & 0xc0) != 0x80) return out + "...";
    if (c >= 0x20 && c != 0x7f) {
      out += text[i];
    } else {
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
  return out;
}

auto place_key(const Diagnostic& d) {
  return std::tie(d.file, d.line, d.column, d.severity, d.what, d.advice);
}

bool by_place(const Diagnostic& a, const Diagnostic& b) { return place_key(a) < place_key(b); }

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  std::string out;
  if (!diagnostic.file.empty()) {
    out += diagnostic.file + ':';
    if (diagnostic.line > 0) {
      out += std::to_string(diagnostic.line) + ':';
      if (diagnostic.column > 0) out += std::to_string(diagnostic.column) + ':';
    }
    out += ' ';
  }
  out += name(diagnostic.severity);
  out += ": ";
  out += plain(diagnostic.what);
  if (!diagnostic.advice.empty()) out += "; " + plain(diagnostic.advice);
  return out;
}

void Diagnostics::add(const Diagnostics& others) {
  // By count, so that a list may be added to itself.
  const std::size_t count = others.list_.size();
  list_.reserve(list_.size() + count);
  for (std::size_t i = 0; i < count; ++i) list_.push_back(others.list_[i]);
}

bool Diagnostics::has_errors() const {
  return std::ranges::any_of(list_,
                             [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> out = list_;
  std::ranges::sort(out, by_place);
  const auto again = std::ranges::unique(
      out, [](const Diagnostic& a, const Diagnostic& b) { return place_key(a) == place_key(b); });
  out.erase(again.begin(), again.end());
  if (out.size() > kMost) {
    std::ranges::sort(out, [](const Diagnostic& a, const Diagnostic& b) {
      return a.severity != b.severity ? a.severity < b.severity : by_place(a, b);
    });
    out.resize(kMost);
    std::ranges::sort(out, by_place);
  }
  return out;
}

}  // namespace squall
