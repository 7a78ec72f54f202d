#include "scenarios/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "reports/text.h"
#include "scenarios/read_parts.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

enum class Column : std::uint8_t { kAt, kOperation, kKey };
constexpr std::array<std::string_view, 3> kColumns = {"at", "operation", "key"};
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::string_view kBlanks = " \t\r";

struct Field {
  std::string_view text;
  int column = 1;
};

/// Whole seconds and at most nine decimals; further ones are cut off.
std::optional<Duration> parse_seconds(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view rest = text.substr(std::min(point + 1, text.size()));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (whole.empty() || !std::ranges::all_of(whole, is_digit)) return std::nullopt;
  if (!std::ranges::all_of(rest, is_digit) || (point < text.size() && rest.empty()))
    return std::nullopt;
  std::int64_t seconds = 0, ns = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), seconds).ec != std::errc() ||
      seconds > kLongest / std::chrono::seconds(1))
    return std::nullopt;
  for (std::size_t i = 0; i < 9; ++i) ns = ns * 10 + (i < rest.size() ? rest[i] - '0' : 0);
  return std::chrono::seconds(seconds) + Duration(ns);
}

class Reader {
 public:
  Reader(const std::string& file, std::span<const LoadOperation> operations)
      : file_(file), operations_(operations) {}

  Result<std::vector<Arrival>> read(std::string_view text) {
    if (text.size() > kMostBytes) {
      wrong(0, "larger than 64 MiB", "split it among several loads");
      return std::unexpected(std::move(problems_));
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    bool named = false;
    while (!text.empty() && problems_.all().size() < Diagnostics::kMost) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++line_;
      if (line.find_first_not_of(kBlanks) == std::string_view::npos || !split(line)) continue;
      if (named) {
        read_arrival();
      } else if (!read_names()) {
        break;
      }
      named = true;
    }
    if (!named && problems_.empty())
      wrong(0, "the file is empty", "begin with a line that says at");
    if (named && arrivals_.empty() && problems_.empty())
      wrong(0, "no arrival", "write a line for each, below the names of the columns");
    if (problems_.has_errors()) return std::unexpected(std::move(problems_));
    return std::move(arrivals_);
  }

 private:
  void wrong(int column, std::string what, std::string advice) {
    problems_.add({file_, column == 0 ? 0 : line_, column, Severity::kError, std::move(what),
                   std::move(advice)});
  }

  /// Into `fields_`; false after reporting a quote that is not closed.
  bool split(std::string_view line) {
    fields_.clear();
    std::size_t at = 0;
    while (true) {
      const std::size_t begin = std::min(line.find_first_not_of(kBlanks, at), line.size());
      const bool quoted = line.substr(begin).starts_with('"');
      std::size_t end = line.find(quoted ? '"' : ',', begin + (quoted ? 1 : 0));
      if (quoted && end == std::string_view::npos) {
        wrong(static_cast<int>(begin) + 1, "a quote that is not closed", "close it in its line");
        return false;
      }
      end = std::min(end, line.size());
      std::string_view text = line.substr(begin, end - begin);
      if (quoted) {
        text.remove_prefix(1);
        const std::size_t next = line.find_first_not_of(kBlanks, end + 1);
        if (next != std::string_view::npos && line[next] != ',') {
          wrong(static_cast<int>(next) + 1, "text after a quote", "have a comma between fields");
          return false;
        }
        end = std::min(next, line.size());
      } else {
        text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
      }
      fields_.push_back({text, static_cast<int>(begin) + 1});
      if (end == line.size()) return true;
      at = end + 1;
    }
  }

  bool read_names() {
    bool has_at = false;
    for (const Field& field : fields_) {
      const auto known = std::ranges::find(kColumns, field.text);
      const auto column = static_cast<Column>(known - kColumns.begin());
      if (known == kColumns.end()) {
        wrong(field.column, fmt::format("\"{}\" is no column of arrivals", field.text),
              "the columns are at, operation and key, named in the first line");
        return false;
      }
      if (std::ranges::find(columns_, column) != columns_.end()) {
        wrong(field.column, fmt::format("a second column {}", field.text), "keep one of the two");
        return false;
      }
      if (column == Column::kOperation && operations_.front().name.empty()) {
        wrong(field.column, "the load has no mix", "give it one, or leave the column out");
        return false;
      }
      has_at = has_at || column == Column::kAt;
      columns_.push_back(column);
    }
    if (!has_at)
      wrong(1, "no column at", "name the column of seconds from the start of the run at");
    return has_at;
  }

  void read_arrival() {
    if (fields_.size() != columns_.size()) {
      wrong(1,
            fmt::format("{}, where the first line names {}",
                        reports::counted(fields_.size(), "field"), columns_.size()),
            "write as many");
      return;
    }
    Arrival one;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (columns_[i] == Column::kAt) read_at(fields_[i], one);
      if (fields_[i].text.empty()) continue;
      if (columns_[i] == Column::kOperation) read_operation(fields_[i], one);
      if (columns_[i] == Column::kKey) read_key(fields_[i], one);
    }
    arrivals_.push_back(one);
  }

  void read_at(const Field& field, Arrival& out) {
    const std::optional<Duration> at = parse_seconds(field.text);
    if (!at) {
      wrong(field.column, fmt::format("at: expected seconds such as 12.5, got \"{}\"", field.text),
            {});
    } else if (!arrivals_.empty() && *at < arrivals_.back().at) {
      wrong(field.column, fmt::format("at: {} is before the line above", field.text),
            "write them in order");
    } else {
      out.at = *at;
    }
  }

  void read_operation(const Field& field, Arrival& out) {
    const auto known = std::ranges::find(operations_, field.text, &LoadOperation::name);
    out.operation = static_cast<std::uint32_t>(known - operations_.begin());
    if (known != operations_.end()) return;
    std::vector<std::string_view> names;
    for (const LoadOperation& one : operations_) names.push_back(one.name);
    wrong(field.column, fmt::format("operation: \"{}\" is none of the load's mix", field.text),
          name_advice(field.text, names, "these are"));
  }

  void read_key(const Field& field, Arrival& out) {
    const char* const end = field.text.data() + field.text.size();
    const auto [stop, failure] = std::from_chars(field.text.data(), end, out.key);
    if (failure == std::errc() && stop == end && out.key >= 1 && out.key <= kMostKeys) {
      --out.key;
      return;
    }
    wrong(field.column,
          fmt::format("key: expected an integer from 1 to {}, got \"{}\"", kMostKeys, field.text),
          {});
  }

  const std::string& file_;
  const std::span<const LoadOperation> operations_;
  int line_ = 0;
  std::vector<Column> columns_;
  std::vector<Field> fields_;
  std::vector<Arrival> arrivals_;
  Diagnostics problems_;
};

}  // namespace

Result<std::vector<Arrival>> parse_arrivals(std::string_view text, const std::string& file,
                                            std::span<const LoadOperation> operations) {
  return Reader(file, operations).read(text);
}

}  // namespace squall::scenarios
