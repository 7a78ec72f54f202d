// Peers: the client and the hosts around a proxy, driven by the test.
//
// Ports are the kernel's choice. Nothing sleeps: a read waits for what must come, at most ten
// seconds. Sending, serving and reading allocate nothing once the connections are made.
#pragma once
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/socket.h"

namespace squall::proxy {

/// A socket whose reads block, for at most ten seconds.
class Peer {
 public:
  Peer() = default;
  explicit Peer(Fd socket) : socket_(std::move(socket)) {}
  static Peer to(const SocketName& name) {
    Peer peer(Fd(::socket(name.storage.ss_family, SOCK_STREAM, 0)));
    EXPECT_EQ(::connect(peer.fd(), name.get(), name.size), 0);
    return peer;
  }
  int fd() const { return socket_.get(); }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Reads until `end` has come; what came. Empty text: until the other side closes.
  std::string_view read_until(std::string_view end) {
    size_ = 0;
    while (size_ < buffer_.size()) {
      pollfd ready{fd(), POLLIN, 0};
      if (::poll(&ready, 1, 10'000) != 1) break;
      const ssize_t count = ::recv(fd(), buffer_.data() + size_, buffer_.size() - size_, 0);
      if (count <= 0) break;
      size_ += static_cast<std::size_t>(count);
      if (!end.empty() && text().find(end) != std::string_view::npos) break;
    }
    return text();
  }
  /// So many bytes at most, which are thrown away; how many came, or all when none does.
  std::size_t read_some(std::size_t most) {
    pollfd ready{fd(), POLLIN, 0};
    const bool came = ::poll(&ready, 1, 10'000) == 1;
    const ssize_t count =
        came ? ::recv(fd(), buffer_.data(), std::min(most, buffer_.size()), 0) : 0;
    return count > 0 ? static_cast<std::size_t>(count) : most;
  }
  std::string_view text() const { return {buffer_.data(), size_}; }
  void reset() {  // closes without a farewell
    const linger now{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.close();
  }

 private:
  Fd socket_;
  std::array<char, 65536> buffer_{};
  std::size_t size_ = 0;
};

/// Hosts that answer as they are told.
class Hosts {
 public:
  explicit Hosts(int count) {
    for (int i = 0; i < count; ++i) {
      Fd socket = *listen_on(*socket_name("127.0.0.1", 0));
      names_.push_back(name_of(socket));
      sockets_.push_back({.fd = socket.get(), .events = POLLIN, .revents = 0});
      listeners_.push_back(std::move(socket));
    }
    sockets_.reserve(64);
    connections_.reserve(64);
  }
  /// The YAML of a cluster's endpoints.
  std::string endpoints() const {
    std::string text;
    for (const SocketName& name : names_) {
      text +=
          "            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: " +
          std::to_string(name.port()) + "}}}\n";
    }
    return text;
  }
  /// Takes the next request that comes to any host, up to `end`, and answers it. Returns it.
  std::string_view serve(std::string_view answer, std::string_view end = "\r\n\r\n") {
    for (;;) {
      if (::poll(sockets_.data(), sockets_.size(), 10'000) < 1) return "";
      for (std::size_t i = 0; i < sockets_.size(); ++i) {
        if (sockets_[i].revents == 0) continue;
        if (i < listeners_.size()) {
          accept(i);
          break;
        }
        Peer& peer = *connections_[i - listeners_.size()];
        char byte = 0;
        if (::recv(peer.fd(), &byte, 1, MSG_PEEK) <= 0) {
          sockets_[i].fd = -1;
          continue;
        }
        const std::string_view request = peer.read_until(end);
        last_ = i - listeners_.size();
        if (!answer.empty()) peer.send(answer);
        return request;
      }
    }
  }
  /// The connection of the last request.
  Peer& last() { return *connections_[last_]; }
  std::size_t connections() const { return connections_.size(); }

 private:
  void accept(std::size_t listener) {
    Fd socket(::accept(listeners_[listener].get(), nullptr, nullptr));
    sockets_.push_back({.fd = socket.get(), .events = POLLIN, .revents = 0});
    connections_.push_back(std::make_unique<Peer>(std::move(socket)));
  }

  std::vector<Fd> listeners_;
  std::vector<SocketName> names_;
  std::vector<pollfd> sockets_;  // listeners, then connections
  std::vector<std::unique_ptr<Peer>> connections_;
  std::size_t last_ = 0;
};

}  // namespace squall::proxy
