// HTTP/1.1 output: heads and chunks as bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "policies/exchange.h"
#include "proxy/byte_queue.h"

namespace squall::proxy {

std::string_view reason_of(std::uint16_t status);
void write_request_head(const policies::KeptRequest& request, ByteQueue& out);
void write_response_head(std::uint16_t status, std::span<const policies::HeaderField> headers,
                         ByteQueue& out);
/// `data` is not empty.
void write_chunk(std::string_view data, ByteQueue& out);
void write_last_chunk(ByteQueue& out);

}  // namespace squall::proxy
