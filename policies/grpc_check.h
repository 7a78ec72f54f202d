// gRPC health checks: the call of grpc.health.v1.Health/Check, and what its answer says of a host.
//
// A host passes when the call ends with status 0 in its trailers and its one message says SERVING.
// Whatever else comes as an answer is a failure that counts at once; connections and streams that
// break are the shell's to tell. Source: Envoy's grpc/health_checker_impl, checked on a live 1.40
// (docs/policies.md, "Health checks"). Cost: linear in the answer.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "policies/head.h"
#include "policies/health_check.h"

namespace squall::policies {

inline constexpr std::string_view kGrpcCheckPath = "/grpc.health.v1.Health/Check";

/// The body of the call: one framed message.
std::string grpc_check_body(const GrpcCheck& check);

/// State of one call: its answer so far. Each piece yields the outcome as soon as there is one;
/// none is brought after that.
class GrpcAnswer {
 public:
  std::optional<CheckOutcome> on_head(const ResponseHead& head, bool end);
  std::optional<CheckOutcome> on_body(std::string_view bytes, bool end);
  CheckOutcome on_trailers(Headers trailers) const;
  void clear();

 private:
  bool take_frame(std::string_view message, bool compressed);

  std::string frames_;                       // what is no whole frame yet
  bool answered_ = false, serving_ = false;  // there was a message; it says so
};

}  // namespace squall::policies
