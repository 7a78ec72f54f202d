// Threshold: the value of a parameter from which on an expectation holds, or up to which.
//
// Bisection asks about both ends first, then about the geometric middle of what is left, until
// that is as narrow as was asked for. Values in, values out: whoever has it runs what is to be run.
// Where the expectation flips more than once between the ends, one of the places is found. Cost: a
// logarithm of the width in questions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/document.h"

namespace squall::scenarios {

/// What a test searches for.
struct ThresholdSearch {
  std::string parameter;  // or a field by its path, as in `each`
  config::Place place;
  double least = 0, most = 0;  // between which it lies, above 0
  std::string unit;            // of both, as written: "ms", "/s", "%" or none
  bool whole = false;          // values are whole numbers, as both ends were written
  double precision = 0.05;     // how far apart, as a share, two values may be that differ
  int runs = 3;                // of each value
  std::string of;              // an expectation

  /// `60/s`.
  std::string text(double value) const;
};

struct Threshold {
  double value = 0;             // between the two
  double below = 0, above = 0;  // the nearest values that were asked about
  bool holds_above = false;

  /// The values 15 % below and above it, if need be whole ones that are farther off.
  double lower(const ThresholdSearch& search) const;
  double upper(const ThresholdSearch& search) const;
};

class Bisection {
 public:
  explicit Bisection(const ThresholdSearch& search) : search_(search) {}

  /// The value to ask about; none: the search has ended.
  std::optional<double> next() const;
  /// Whether the expectation holds at next(). REQUIRES: there is one.
  void tell(bool holds);
  /// None while the search lasts, and where both ends are alike.
  std::optional<Threshold> found() const;
  /// Of both ends, once they are known to be alike.
  bool holds_everywhere() const { return *holds_at_least_; }

 private:
  bool ended() const;
  double middle() const;

  const ThresholdSearch& search_;
  std::optional<bool> holds_at_least_, holds_at_most_;
  double below_ = 0, above_ = 0;  // the expectation is at these as at the ends
};

}  // namespace squall::scenarios
