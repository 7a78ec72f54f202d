// What Kubernetes objects of every kind have, and how they name one another: labels and selectors.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/fields.h"

namespace squall::config {

using Labels = std::map<std::string, std::string>;

/// Every label of `wanted` is in `labels`.
bool contains(const Labels& labels, const Labels& wanted);

/// What every object has.
struct Meta {
  std::string name;
  std::string ns;  // empty for kinds without one (Namespace, Node)
  Labels labels;
  Labels annotations;
  std::string created = "2026-01-01T00:00:00Z";  // RFC 3339 in UTC: texts compare as instants
  Place place;

  /// "NAMESPACE/NAME".
  std::string full_name() const { return ns + "/" + name; }
  /// The order in which a control plane takes objects of a kind: age, name, namespace.
  friend bool older(const Meta& a, const Meta& b);
};

/// matchLabels and matchExpressions.
struct LabelSelector {
  enum class Operator : std::uint8_t { kIn, kNotIn, kExists, kDoesNotExist };
  struct Expression {
    std::string key;
    Operator op = Operator::kIn;
    std::vector<std::string> values;
  };
  Labels labels;
  std::vector<Expression> expressions;

  bool matches(const Labels& of) const;
};

/// Reads `metadata`; `namespaced` kinds without a namespace are in `default`.
Meta read_meta(Fields& object, bool namespaced);
void read_labels(Fields& of, std::string_view name, Labels& out);

}  // namespace squall::config
