// Value: one value of a document, read as a type; what is wrong with it is reported at its place.
//
// Each reader gives none when the value is absent or null, and also when it is wrong, after adding
// `PATH: expected a duration such as "250ms", got "abc"` to the diagnostics. Fields (fields.h) is
// the table of a mapping's values. Cost: that of copying the path.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config/document.h"
#include "policies/base/result.h"
#include "policies/base/time.h"

namespace squall::config {

/// How the text of a kind of resource spells its values.
enum class Dialect : std::uint8_t {
  kSquall,      // Go's durations; any scalar is a text
  kKubernetes,  // Go's durations; a text that looks like a number or a truth must be quoted
  kEnvoy,       // protobuf's JSON: also camelCase; durations "0.25s"; numbers also in quotes
};

struct IntegerRange {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};
struct NumberRange {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool above = false;  // greater than `least`, not equal to it
};
/// Twenty years: the sum of an instant and ten of them is still within an Instant's 292.
inline constexpr Duration kLongestDuration = std::chrono::hours(24 * 365 * 20);
struct DurationRange {
  Duration least = Duration(0);
  Duration most = kLongestDuration;
};
inline constexpr NumberRange kUnitRange{.least = 0, .most = 1};

/// A name in the text, and what it stands for.
template <class E>
struct Choice {
  std::string_view name;
  E value;
};

/// T itself, or what an optional holds.
template <class T>
struct BareOf {
  using type = T;
};
template <class T>
struct BareOf<std::optional<T>> {
  using type = T;
};
template <class T>
using Bare = typename BareOf<T>::type;

class Value {
 public:
  /// A null pointer: absent. The node and the diagnostics must outlive this.
  Value(const Node* node, std::string path, Diagnostics& diagnostics, Dialect dialect)
      : node_(node), path_(std::move(path)), diagnostics_(&diagnostics), dialect_(dialect) {}

  /// There is one and it is not null.
  explicit operator bool() const { return node_ != nullptr && !node_->is_null(); }
  const Node& node() const { return *node_; }  // REQUIRES: present (null counts)
  const std::string& path() const { return path_; }
  Place place() const { return node_ == nullptr ? Place{} : node_->place; }
  Diagnostics& diagnostics() const { return *diagnostics_; }
  Dialect dialect() const { return dialect_; }

  std::optional<std::string> text() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer(IntegerRange range = {}) const;
  std::optional<std::uint64_t> whole() const;                  // 0 to 2^64-1
  std::optional<double> number(NumberRange range = {}) const;  // finite
  std::optional<Duration> duration(DurationRange range = {}) const;
  std::optional<double> ratio(NumberRange range = kUnitRange) const;  // 5% or 0.05
  std::optional<double> rate(
      double most = std::numeric_limits<double>::max()) const;  // 200/s, 10/m, 1/h: per second
  std::optional<std::int64_t> size() const;                     // 512, 20Ki, 1M: bytes
  /// The index of the name.
  std::optional<std::size_t> one_of(std::span<const std::string_view> names) const;
  bool is_mapping() const;  // reports what is present and something else
  bool is_sequence() const;
  Value item(std::size_t index) const;             // REQUIRES: a sequence; PATH[index]
  Value member(const Node::Member& member) const;  // REQUIRES: of this mapping; PATH.key

  /// An error here: `PATH: expected WHAT, got "abc"`, and ADVICE.
  void expected(std::string_view what, std::string advice = {}) const;
  /// An error here: `PATH is not supported by squall`, or `PATH: WHAT is not supported by squall`.
  void unsupported(std::string_view what = {}, std::string advice = {}) const;
  /// A diagnostic here: `PATH: WHAT`, and ADVICE.
  void report(Severity severity, std::string_view what, std::string advice = {}) const;
  void error(std::string_view what, std::string advice = {}) const {
    report(Severity::kError, what, std::move(advice));
  }
  /// The same at another place, such as the key's.
  void error_at(const Place& place, std::string_view what, std::string advice = {}) const;
  void warning(std::string_view what, std::string advice = {}) const {
    report(Severity::kWarning, what, std::move(advice));
  }

 private:
  const Node& scalar() const;  // in the dialect's form of a number or a truth
  void add(Severity severity, const Place& place, std::string what, std::string advice) const;

  const Node* node_;
  std::string path_;
  Diagnostics* diagnostics_;
  Dialect dialect_;
};

/// The name nearest to `wrong` by edit distance; none when all are too far to be meant.
std::optional<std::string_view> nearest(std::string_view wrong,
                                        std::span<const std::string_view> names);

}  // namespace squall::config
