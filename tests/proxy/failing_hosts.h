// Hosts that fail in every way, in a thread of their own.
#pragma once
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/proxy/peers.h"

namespace squall::proxy {

/// Hosts of which each request meets its fate by its number: an answer, an error, a connection that
/// breaks, or nothing at all. One more host takes no connection.
class FailingHosts {
 public:
  explicit FailingHosts(int count) : stop_(::eventfd(0, EFD_CLOEXEC)) {
    for (int i = 0; i < count; ++i) {
      Fd socket = *listen_on(*socket_name("127.0.0.1", 0));
      ports_.push_back(name_of(socket).port());
      ready_.push_back({.fd = socket.get(), .events = POLLIN, .revents = 0});
      sockets_.push_back(std::move(socket));
    }
    Fd closed = *bind_to(*socket_name("127.0.0.1", 0));  // bound, so that nobody else takes it
    ports_.push_back(name_of(closed).port());
    refuses_ = std::move(closed);
    ready_.push_back({.fd = stop_.get(), .events = POLLIN, .revents = 0});
    sockets_.emplace_back();
    listeners_ = static_cast<std::size_t>(count);
    thread_ = std::thread([this] { serve(); });
  }
  ~FailingHosts() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
  }
  std::string endpoints() const {
    std::string text;
    for (const std::uint16_t port : ports_) {
      text +=
          "            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: " +
          std::to_string(port) + "}}}\n";
    }
    return text;
  }

 private:
  void serve() {
    while (::poll(ready_.data(), ready_.size(), -1) > 0) {
      if (ready_[listeners_].revents != 0) return;
      const std::size_t known = ready_.size();
      for (std::size_t i = 0; i < known; ++i) {
        if (ready_[i].revents == 0) continue;
        i < listeners_ ? accept(i) : answer(i);
      }
    }
  }
  void accept(std::size_t listener) {
    Fd socket(::accept(ready_[listener].fd, nullptr, nullptr));
    ready_.push_back({.fd = socket.get(), .events = POLLIN, .revents = 0});
    sockets_.push_back(std::move(socket));
  }
  void close(std::size_t i) {
    ready_[i].fd = -1;
    sockets_[i].close();
  }
  /// One request is one segment here: the proxy sends the next when this one is answered.
  void answer(std::size_t i) {
    char request[4096];
    if (::recv(ready_[i].fd, request, sizeof request, 0) <= 0) return close(i);
    const std::uint64_t n = ++requests_;
    if (n % 31 == 0) return close(i);
    if (n % 499 == 0) return;  // for ever
    const std::string_view text =
        n % 11 == 0 ? "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    (void)::send(ready_[i].fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  Fd stop_, refuses_;
  std::vector<std::uint16_t> ports_;
  std::vector<Fd> sockets_;
  std::vector<pollfd> ready_;  // listeners, stop_, connections
  std::size_t listeners_ = 0;
  std::uint64_t requests_ = 0;
  std::thread thread_;
};

}  // namespace squall::proxy
