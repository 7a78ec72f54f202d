// Parameters: `${expr}` in a scenario's scalars, and `--set K=V`.
//
// spec.parameters names numbers (with units) and texts; `${n * 10us}` is replaced by its value,
// with + - * /, parentheses and units as in expectations. A parameter may use those before it.
// `--set` gives a parameter another value, or else sets a field by its dotted path: spec.seed=7,
// workloads.app.replicas=2, load.shoppers.rate=100/s, faults.0.at=30s. Items of a list go by index
// or by their `name`. Cost: linear in the document; a value of at most 4 KiB.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "config/document.h"
#include "policies/base/result.h"

namespace squall::scenarios {

/// Sets `assignment` ("K=V" of --set) in a Scenario document.
void set_field(config::Node& scenario, const std::string& assignment, Diagnostics& diagnostics);

/// A field and a value for it that stands in a file: mistakes are told at its place.
struct Setting {
  std::string name, value;
  config::Place place;
  std::string_view by = "each";  // the field that sets it, for messages
};
/// Sets one of a test's `each`, or what its `threshold` asks about.
void set_field(config::Node& scenario, const Setting& setting, Diagnostics& diagnostics);

class Parameters {
 public:
  /// Those of a Scenario document.
  Parameters(const config::Node& scenario, Diagnostics& diagnostics);

  bool empty() const { return texts_.empty(); }
  /// Replaces `${...}` in every scalar of the node; a scalar that had one counts as unquoted.
  void substitute(config::Node& node, Diagnostics& diagnostics) const;

 private:
  void replace(config::Node& scalar, Diagnostics& diagnostics) const;
  std::string value_of(std::string_view expression, std::size_t at, const config::Node& scalar,
                       Diagnostics& diagnostics) const;

  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace squall::scenarios
