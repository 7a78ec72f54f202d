// Header values with command operators: what does "%REQ(x-user)%-canary" say for this request?
//
// Operators: %REQ(NAME?OTHER):LENGTH% and %RESP(...)% (a header's first value, else the other's, at
// most LENGTH bytes), %PROTOCOL%, and %% for a percent sign. What there is not is empty. Source:
// Envoy's substitution formatter as header parsers use it. Cost: linear in the text.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "policies/base/result.h"
#include "policies/head.h"

namespace squall::policies {

/// A head as it was, and the changes to it so far.
struct EditedRequest {
  const RequestHead& head;
  std::span<const HeaderEdit> edits;
  /// The first value.
  std::optional<std::string_view> find(std::string_view name) const;
};
struct EditedResponse {
  const ResponseHead& head;
  std::span<const HeaderEdit> edits;
  std::optional<std::string_view> find(std::string_view name) const;
};

struct FormatInputs {
  EditedRequest request;
  const EditedResponse* response = nullptr;  // none: the request is on its way
  std::string_view protocol = "HTTP/1.1";    // the client's
};

/// Whether `text` is well-formed and names only operators from above; for readers of configuration.
Result<void> check_header_format(std::string_view text);
/// `text` has passed check_header_format.
std::string_view format_header(std::string_view text, const FormatInputs& inputs, TextArena& arena);

}  // namespace squall::policies
