#include "policies/head.h"

namespace squall::policies {

std::size_t port_start(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  if (colon == std::string_view::npos) return colon;
  return bracket == std::string_view::npos || bracket < colon ? colon : std::string_view::npos;
}

bool is_grpc(Headers headers) {
  constexpr std::string_view kType = "application/grpc";
  const auto type = find_header(headers, "content-type");
  if (!type || !type->starts_with(kType)) return false;
  return type->size() == kType.size() || (*type)[kType.size()] == '+';
}

bool is_grpc(const ResponseHead& head, bool end) {
  if (end) return find_header(head.headers, "grpc-status").has_value();
  return head.status == 200 && is_grpc(head.headers);
}

}  // namespace squall::policies
