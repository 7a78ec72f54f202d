// Checks that readers of Istio's kinds share: what the API server and istiod's webhook refuse.
//
// Each adds an error at the value and says what would be right.
// Source: istio/istio pkg/config/validation; the schemas of the CRDs.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "config/kubernetes.h"

namespace squall::config {

/// A duration of whole milliseconds, at least `least`.
bool read_ms(Fields& fields, std::string_view name, std::optional<Duration>& out,
             Duration least = 1ms);
/// RE2 must be able to compile it.
void check_regex(const Value& value, const std::string& pattern);
/// `{value: 12.5}`: 0, or 0.0001 to 100.
void read_percent(Fields& fields, std::string_view name, std::optional<double>& out);
/// A comma list of retry conditions or HTTP statuses, without blanks.
void check_retry_on(const Value& value, const std::string& text);
/// `{matchLabels: ...}`, or `{labels: ...}` in older kinds.
void read_selector(Fields& fields, std::string_view name, std::string_view labels,
                   std::optional<Labels>& out);
/// The protocol of a port, in any case; Istio takes a few more words than its documentation has.
void check_protocol(const Value& value, std::string_view word);
/// A port number in `{number: N}` or bare, as the field has it.
void read_port_selector(Fields& fields, std::string_view name, int& out);
/// Which of `.`, `*`, `~`, namespaces an object is visible to.
void read_export_to(Fields& fields, std::vector<std::string>& out);

}  // namespace squall::config
