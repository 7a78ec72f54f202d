#include "policies/grpc_check.h"

#include <cstddef>

#include "policies/grpc.h"

namespace squall::policies {
namespace {

constexpr std::size_t kFrameHead = 5;  // flags, and the message's length in four bytes
constexpr std::size_t kMostMessageBytes = std::size_t{1} << 20;
constexpr std::uint64_t kServing = 1;

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

/// Takes a number of protobuf's from the front of `text`.
std::optional<std::uint64_t> take_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size() && i < 10; ++i) {
    value |= std::uint64_t{byte_at(text, i) & 0x7fU} << (7 * i);
    if ((byte_at(text, i) & 0x80U) != 0) continue;
    text.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

/// Passes over a field whose number means nothing here. False: it is not whole.
bool skip_field(std::uint64_t wire_type, std::string_view& text) {
  std::size_t size = 0;
  if (wire_type == 0) return take_varint(text).has_value();
  if (wire_type == 1) {
    size = 8;
  } else if (wire_type == 5) {
    size = 4;
  } else if (wire_type == 2) {
    const auto length = take_varint(text);
    if (!length || *length > text.size()) return false;
    size = static_cast<std::size_t>(*length);
  } else {
    return false;
  }
  if (size > text.size()) return false;
  text.remove_prefix(size);
  return true;
}

/// `status` of a HealthCheckResponse; none: it is no such message.
std::optional<std::uint64_t> status_in(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag || *tag >> 3 == 0) return std::nullopt;
    if (*tag != 1 << 3) {
      if (!skip_field(*tag & 7, message)) return std::nullopt;
      continue;
    }
    const auto value = take_varint(message);
    if (!value) return std::nullopt;
    status = *value;
  }
  return status;
}

void append_varint(std::string& out, std::size_t value) {
  for (; value > 0x7f; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

}  // namespace

std::string grpc_check_body(const GrpcCheck& check) {
  std::string message;
  if (!check.service_name.empty()) {
    message += '\x0a';  // field 1, with a length
    append_varint(message, check.service_name.size());
    message += check.service_name;
  }
  std::string body(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    body += static_cast<char>(message.size() >> shift & 0xff);
  return body + message;
}

void GrpcAnswer::clear() {
  frames_.clear();
  serving_status_.reset();
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
  if (serving_status_ || compressed) return false;
  serving_status_ = status_in(message);
  return serving_status_.has_value();
}

CheckOutcome GrpcAnswer::on_trailers(Headers trailers) const {
  const bool well = find_grpc_status(trailers) == 0U && serving_status_ == kServing;
  return well ? CheckOutcome::kSuccess : CheckOutcome::kFailure;
}

}  // namespace squall::policies
