// Text: figures and tables for people at a terminal.
//
// Three figures that matter, with the unit that keeps them short: "52.1 ms", "3.00 s", "99.73%".
// Widths count characters, not bytes; colours are ANSI's and only where asked for, so they never
// move a column.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::reports {

enum class Color : std::uint8_t { kNever, kAlways };
enum class Tone : std::uint8_t { kPlain, kGood, kBad, kWarning, kStrong, kFaint };

std::string paint(std::string_view text, Tone tone, Color color);

/// "850 ns", "812 µs", "52.1 ms", "3.00 s", "181 s".
std::string duration_text(double seconds);
/// "99.73%"; never "100%" or "0%" unless it is exactly that: ">99.99%", "<0.01%".
std::string percent_text(double ratio);
/// "200/s", "199.5/s", "0.85/s".
std::string rate_text(double per_s);
/// A mean or level: "0.04", "12.3", "1540".
std::string level_text(double level);
/// Characters of a UTF-8 text.
std::size_t width_of(std::string_view text);
/// "1 request", "3 requests".
std::string counted(std::uint64_t n, std::string_view noun);

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

/// Lines in columns, two blanks apart and indented by two; titles in small type above, if there are
/// any.
class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
    bool optional = false;  // not shown when no row has more than "0" or "-" in it
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Shape: at most as many cells as columns; those that are missing stay blank.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string render(Color color) const;

 private:
  bool shown(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace squall::reports
