// SeenStream: what has come on one stream of HTTP/2, kept for a test to look at.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proxy/http2.h"

namespace squall::proxy {

struct SeenStream {
  Http2Stream* stream = nullptr;  // until it is closed
  std::uint16_t status = 0;
  std::string method, path, authority, body;
  std::vector<std::pair<std::string, std::string>> headers, trailers;
  bool head = false, ended = false, closed = false;
  std::uint32_t code = 0;

  std::string header(const std::string& name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }
  void take(const Http2Event& event) {
    using Kind = Http2Event::Kind;
    stream = event.kind == Kind::kClosed ? nullptr : event.stream;
    ended = ended || event.end;
    if (event.kind == Kind::kHead) {
      const policies::KeptRequest& from = event.stream->head;
      head = true;
      status = event.stream->status;
      method = from.method;
      path = from.path;
      authority = from.authority;
      for (const auto& [name, value] : from.headers) headers.emplace_back(name, value);
    } else if (event.kind == Kind::kData) {
      body += event.data;
    } else if (event.kind == Kind::kTrailers) {
      for (const auto& [name, value] : event.stream->trailers.headers)
        trailers.emplace_back(name, value);
    } else if (event.kind == Kind::kClosed) {
      closed = true;
      code = event.code;
    }
  }
};

}  // namespace squall::proxy
