// Result: a value, or what is wrong with the user's input and where.
//
// Readers report all that they find: a list of at most 100 diagnostics, sorted by place.
// Cost: one allocation on the failing path only.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace squall {

enum class Severity : std::uint8_t { kError, kWarning, kNote };

struct Diagnostic {
  std::string file;  // as the user named it; empty: the command line
  int line = 0;      // from 1; 0: the whole file
  int column = 0;    // from 1
  Severity severity = Severity::kError;
  std::string what;    // what is wrong, without a full stop
  std::string advice;  // what would be right; may be empty
};

/// "FILE:LINE:COLUMN: error: what; advice" on one line, parts that are unknown left out, control
/// characters as \xNN.
std::string to_string(const Diagnostic& diagnostic);

/// Ordered by file, line, column, severity, text; kept to kMost, the most severe first where some
/// must go.
class [[nodiscard]] Diagnostics {
 public:
  static constexpr std::size_t kMost = 100;

  Diagnostics() = default;
  explicit Diagnostics(Diagnostic one) { add(std::move(one)); }

  void add(Diagnostic one) { list_.push_back(std::move(one)); }
  void add(const Diagnostics& others);
  bool empty() const { return list_.empty(); }
  bool has_errors() const;
  /// Sorted, without repetitions, at most kMost.
  std::vector<Diagnostic> sorted() const;
  const std::vector<Diagnostic>& all() const { return list_; }

 private:
  std::vector<Diagnostic> list_;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Diagnostics> {
 public:
  using std::expected<T, Diagnostics>::expected;
};

/// One error without a place.
inline std::unexpected<Diagnostics> error(std::string what, std::string advice = {}) {
  return std::unexpected(
      Diagnostics(Diagnostic{{}, 0, 0, Severity::kError, std::move(what), std::move(advice)}));
}

}  // namespace squall
