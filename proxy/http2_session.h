// What http2.cc and http2_frames.cc share: nghttp2, which nothing else includes.
#pragma once
#include <nghttp2/nghttp2.h>

#include <string_view>

#include "proxy/http2.h"

namespace squall::proxy {

/// A session of nghttp2's whose callbacks tell `http2` what came.
nghttp2_session* new_session(Http2& http2, Http2::Role role, const Http2Limits& limits);

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
inline Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

}  // namespace squall::proxy
