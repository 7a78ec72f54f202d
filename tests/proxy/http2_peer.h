// Http2Peer: an end of an HTTP/2 connection over a socket, driven by the test.
//
// Bodies that come are consumed at once but for the stream that it `withholds`. Waiting is for what
// must come, at most ten seconds.
#pragma once
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/http2.h"
#include "proxy/socket.h"
#include "tests/proxy/seen_stream.h"

namespace squall::proxy {

class Http2Peer {
 public:
  Http2Peer(Fd socket, Http2::Role role, const Http2Limits& limits = {})
      : socket_(std::move(socket)), http2_(std::make_unique<Http2>(role, limits)) {}
  static Http2Peer to(const SocketName& name, const Http2Limits& limits = {}) {
    Fd socket(::socket(name.storage.ss_family, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(socket.get(), name.get(), name.size), 0);
    return {std::move(socket), Http2::Role::kClient, limits};
  }

  Http2& http2() { return *http2_; }
  SeenStream& seen(std::int32_t id) { return seen_[id]; }
  bool closed() const { return closed_; }
  bool going_away() const { return going_away_; }
  int fd() const { return socket_.get(); }

  std::int32_t request(const std::string& method, const std::string& path,
                       const std::vector<policies::HeaderField>& headers = {}, bool end = true) {
    policies::KeptRequest request;
    request.method = method;
    request.path = path;
    request.authority = "shop";
    request.headers = headers;
    Http2Stream* stream = http2_->open(request, end, 1);
    EXPECT_NE(stream, nullptr);
    seen_[stream->id].stream = stream;
    send();
    return stream->id;
  }
  void body(std::int32_t id, std::string_view bytes, bool end) {
    http2_->send_body(*seen_[id].stream, bytes, end);
    send();
  }
  void answer(std::int32_t id, std::uint16_t status,
              const std::vector<policies::HeaderField>& headers = {}, std::string_view body = {},
              bool end = true) {
    Http2Stream& stream = *seen_[id].stream;
    http2_->send_head(stream, status, headers, end && body.empty());
    if (!body.empty()) http2_->send_body(stream, body, end);
    send();
  }
  void reset(std::int32_t id, Http2Code code) {
    http2_->reset(*seen_[id].stream, code);
    send();
  }
  /// All that can go now.
  void send() {
    ByteQueue out;
    http2_->produce(out, std::size_t{1} << 30);
    for (std::string_view rest = out.view(); !rest.empty();) {
      const ssize_t count = ::send(fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    take_events();
  }
  /// Reads until it holds; false: it did not.
  bool until(const std::function<bool()>& holds) {
    send();
    while (!holds()) {
      pollfd ready{fd(), POLLIN, 0};
      if (::poll(&ready, 1, 10'000) != 1) return false;
      char bytes[16384];
      const ssize_t count = ::recv(fd(), bytes, sizeof bytes, 0);
      if (count <= 0) {
        closed_ = true;
        return holds();
      }
      http2_->receive({bytes, static_cast<std::size_t>(count)});
      take_events();
      send();
    }
    return true;
  }
  SeenStream& ended(std::int32_t id) {
    EXPECT_TRUE(until([&] { return seen_[id].ended || seen_[id].closed || closed_; }));
    return seen_[id];
  }
  /// The next request of which all has come, or its head; 0: none came.
  std::int32_t next_request(bool whole = true) {
    std::int32_t found = 0;
    until([&] {
      for (auto& [id, one] : seen_) {
        if (id > served_ && (whole ? one.ended : one.head)) return (found = id) != 0;
      }
      return closed_;
    });
    if (found != 0) served_ = found;
    return found;
  }
  std::int32_t withholds = 0;  // a stream of which nothing is consumed

 private:
  void take_events() {
    using Kind = Http2Event::Kind;
    while (const auto event = http2_->next_event()) {
      if (event->kind == Kind::kGoAway) going_away_ = true;
      if (event->stream == nullptr) continue;
      seen_[event->stream->id].take(*event);
      if (event->kind == Kind::kData && event->stream->id != withholds)
        http2_->consume(*event->stream, event->data.size());
    }
  }

  Fd socket_;
  std::unique_ptr<Http2> http2_;
  std::map<std::int32_t, SeenStream> seen_;
  std::int32_t served_ = 0;
  bool closed_ = false, going_away_ = false;
};

/// A host that speaks HTTP/2 to whoever connects.
class Http2Host {
 public:
  Http2Host() : listener_(*listen_on(*socket_name("127.0.0.1", 0))) {}
  SocketName name() const { return name_of(listener_); }
  /// The next connection to it.
  Http2Peer accept(const Http2Limits& limits = {}) {
    pollfd ready{listener_.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 10'000), 1);
    return {Fd(::accept(listener_.get(), nullptr, nullptr)), Http2::Role::kServer, limits};
  }

 private:
  Fd listener_;
};

}  // namespace squall::proxy
