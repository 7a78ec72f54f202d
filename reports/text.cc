#include "reports/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace squall::reports {
namespace {

/// Three digits that matter.
std::string three(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kFaint:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Tone tone, Color color) {
  if (color == Color::kNever || tone == Tone::kPlain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(tone), text);
}

std::string duration_text(double seconds) {
  if (seconds == 0) return "0 s";
  if (seconds < 0.9995e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 0.9995e-3) return three(seconds * 1e6) + " µs";
  if (seconds < 0.9995) return three(seconds * 1e3) + " ms";
  return three(seconds) + " s";
}

std::string percent_text(double ratio) {
  if (ratio == 1) return "100%";
  if (ratio == 0) return "0%";
  if (ratio > 0.9999 && ratio < 1) return ">99.99%";
  if (ratio > 0 && ratio < 0.0001) return "<0.01%";
  return fmt::format("{:.2f}%", ratio * 100);
}

std::string rate_text(double per_s) {
  if (per_s == std::floor(per_s) || per_s >= 9999.5) return fmt::format("{:.0f}/s", per_s);
  return fmt::format("{:.{}f}/s", per_s, per_s < 9.995 ? 2 : 1);
}

std::string level_text(double level) {
  if (level == std::floor(level)) return fmt::format("{:.0f}", level);
  if (level < 0.005) return "<0.01";
  return three(level);
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string counted(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

bool Table::shown(std::size_t column) const {
  if (!columns_[column].optional) return true;
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& row) {
    if (column >= row.size()) return false;
    const std::string& text = row[column].text;
    return !text.empty() && text != "0" && text != "-";
  });
}

std::string Table::render(Color color) const {
  std::vector<std::size_t> widths;
  std::vector<bool> visible;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(width_of(columns_[i].title));
    visible.push_back(shown(i));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i].text));
    }
  }
  std::string out;
  auto line = [&](const std::vector<Cell>& row) {
    std::size_t owed = 2;  // blanks before the next text: none stand at a line's end
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!visible[i]) continue;
      const std::size_t pad = widths[i] - width_of(row[i].text);
      if (columns_[i].align == Align::kRight) owed += pad;
      if (!row[i].text.empty()) {
        out.append(owed, ' ');
        out += paint(row[i].text, row[i].tone, color);
        owed = 0;
      }
      if (columns_[i].align == Align::kLeft) owed += pad;
      owed += 2;
    }
    out += '\n';
  };
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Tone::kFaint});
  const bool titled = std::any_of(titles.begin(), titles.end(),
                                  [](const Cell& cell) { return !cell.text.empty(); });
  if (titled) line(titles);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace squall::reports
