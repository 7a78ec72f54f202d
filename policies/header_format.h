// Header values with command operators: what does "%REQ(x-user)%-canary" say for this request?
//
// Operators: %REQ(NAME?OTHER):LENGTH% and %RESP(...)% (a header's first value, else the other's, at
// most LENGTH bytes), those of kStreamOperators, and %% for a percent sign. What there is not is
// empty, or what FormatInputs::missing says. Source: Envoy's substitution formatter as header
// parsers use it. Cost: linear in the text.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "policies/base/result.h"
#include "policies/head.h"
#include "policies/outcome.h"

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

constexpr std::string_view protocol_of(bool http2) { return http2 ? "HTTP/2" : "HTTP/1.1"; }

/// What is known of the stream itself, beside its heads.
struct StreamFacts {
  std::string_view protocol = protocol_of(false);  // the client's
  std::string_view peer{}, route{}, cluster{};
  std::uint16_t peer_port = 0;
  std::uint32_t attempts = 1;
  const Outcome* outcome = nullptr;  // so far; none: as for one that has only begun
  const HostConfig* host = nullptr;  // of the latest attempt
};

struct FormatInputs {
  EditedRequest request;
  const EditedResponse* response = nullptr;  // none: the request is on its way
  StreamFacts stream;
  std::string_view missing{};  // what an operator says where there is nothing
};

/// Whether `text` is well-formed and names only operators from above; for readers of configuration.
Result<void> check_header_format(std::string_view text);
/// `text` has passed check_header_format.
std::string_view format_header(std::string_view text, const FormatInputs& inputs, TextArena& arena);

}  // namespace squall::policies
