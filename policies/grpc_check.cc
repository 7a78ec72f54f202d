#include "policies/grpc_check.h"

#include <cstddef>

#include "policies/grpc.h"
#include "policies/grpc_check.pb.h"

namespace squall::policies {
namespace {

constexpr std::size_t kFrameHead = 5;  // flags, and the message's length in four bytes
constexpr std::size_t kMostMessageBytes = std::size_t{1} << 20;

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

std::string grpc_check_body(const GrpcCheck& check) {
  GrpcCheckRequest request;
  request.set_service(check.service_name);
  const std::string message = request.SerializeAsString();
  std::string body(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    body += static_cast<char>(message.size() >> shift & 0xff);
  return body + message;
}

void GrpcAnswer::clear() {
  frames_.clear();
  answered_ = serving_ = false;
}

/// One that ends with its head has no message, whatever status it brings.
std::optional<CheckOutcome> GrpcAnswer::on_head(const ResponseHead& head, bool end) {
  if (end || head.status != 200 || !is_grpc(head.headers)) return CheckOutcome::kFailure;
  return std::nullopt;
}

/// Without trailers there is no status.
std::optional<CheckOutcome> GrpcAnswer::on_body(std::string_view bytes, bool end) {
  if (end) return CheckOutcome::kFailure;
  frames_.append(bytes);
  std::string_view rest = frames_;
  while (!rest.empty()) {
    const std::uint8_t flags = byte_at(rest, 0);
    if (flags > 1) return CheckOutcome::kFailure;
    if (rest.size() < kFrameHead) break;
    std::size_t size = 0;
    for (std::size_t i = 1; i < kFrameHead; ++i) size = size << 8 | byte_at(rest, i);
    if (size > kMostMessageBytes) return CheckOutcome::kFailure;
    if (rest.size() < kFrameHead + size) break;
    if (size > 0 && !take_frame(rest.substr(kFrameHead, size), flags != 0))
      return CheckOutcome::kFailure;
    rest.remove_prefix(kFrameHead + size);
  }
  frames_.erase(0, frames_.size() - rest.size());
  return std::nullopt;
}

/// The call has one message. Empty ones count for nothing.
bool GrpcAnswer::take_frame(std::string_view message, bool compressed) {
  GrpcCheckResponse response;
  if (answered_ || compressed ||
      !response.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return false;
  answered_ = true;
  serving_ = response.status() == GrpcCheckResponse::SERVING;
  return true;
}

CheckOutcome GrpcAnswer::on_trailers(Headers trailers) const {
  return find_grpc_status(trailers) == 0U && serving_ ? CheckOutcome::kSuccess
                                                      : CheckOutcome::kFailure;
}

}  // namespace squall::policies
