#include "proxy/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squall::proxy {
namespace {

const sockaddr_in& as_v4(const SocketName& name) {
  return reinterpret_cast<const sockaddr_in&>(name.storage);
}
const sockaddr_in6& as_v6(const SocketName& name) {
  return reinterpret_cast<const sockaddr_in6&>(name.storage);
}

void set_option(const Fd& socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket.get(), level, option, &on, sizeof on);
}

}  // namespace

void Fd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string SocketName::address() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &as_v4(*this).sin_addr, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &as_v6(*this).sin6_addr, text, sizeof text);
  }
  return text;
}

std::uint16_t SocketName::port() const {
  return ntohs(storage.ss_family == AF_INET ? as_v4(*this).sin_port : as_v6(*this).sin6_port);
}

std::string SocketName::text() const {
  return storage.ss_family == AF_INET ? fmt::format("{}:{}", address(), port())
                                      : fmt::format("[{}]:{}", address(), port());
}

Result<SocketName> socket_name(std::string_view address, std::uint16_t port) {
  const std::string text(address);
  SocketName name;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&name.storage, &v4, sizeof v4);
    name.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&name.storage, &v6, sizeof v6);
    name.size = sizeof v6;
  } else {
    return error(fmt::format("\"{}\" is not an IP address", address),
                 "write one such as 127.0.0.1 or ::1");
  }
  return name;
}

namespace {
std::unexpected<Diagnostics> cannot_listen(const SocketName& name) {
  return error(fmt::format("cannot listen on {}: {}", name.text(), std::strerror(errno)),
               "choose an address of this machine and a free port");
}
}  // namespace

Result<Fd> bind_to(const SocketName& name) {
  Fd socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket) set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  if (socket && name.storage.ss_family == AF_INET6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  if (!socket || ::bind(socket.get(), name.get(), name.size) != 0) return cannot_listen(name);
  return socket;
}

Result<void> begin_listening(const Fd& socket) {
  if (::listen(socket.get(), SOMAXCONN) != 0) return cannot_listen(name_of(socket));
  return {};
}

Result<Fd> listen_on(const SocketName& name) {
  Result<Fd> socket = bind_to(name);
  if (!socket) return socket;
  if (auto listening = begin_listening(*socket); !listening)
    return std::unexpected(std::move(listening.error()));
  return socket;
}

SocketName name_of(const Fd& socket) {
  SocketName name;
  name.size = sizeof name.storage;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name.storage), &name.size);
  return name;
}

Ends ends_of(const Fd& socket, const SocketName& peer) {
  const SocketName local = name_of(socket);
  return {.peer_address = peer.address(),
          .local_address = local.address(),
          .peer_port = peer.port(),
          .local_port = local.port()};
}

void reset(Fd& socket) {
  const linger now{1, 0};
  if (socket) ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket.close();
}

ssize_t receive_bytes(const Fd& socket, char* bytes, std::size_t size) {
  return ::syscall(SYS_recvfrom, socket.get(), bytes, size, 0, nullptr, nullptr);
}

ssize_t send_bytes(const Fd& socket, std::string_view bytes) {
  return ::syscall(SYS_sendto, socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
}

Fd begin_connect(const SocketName& name) {
  Fd socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return socket;
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  if (::connect(socket.get(), name.get(), name.size) != 0 && errno != EINPROGRESS) return Fd();
  return socket;
}

Fd accept_from(const Fd& listener, SocketName& peer) {
  peer.size = sizeof peer.storage;
  Fd socket(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size,
                      SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

void turn_away(const Fd& listener, Fd& spare) {
  spare.close();
  SocketName peer;
  accept_from(listener, peer);
  spare = spare_of(listener);
}

Fd spare_of(const Fd& listener) { return Fd(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0)); }

bool out_of_descriptors(int failure) { return failure == EMFILE || failure == ENFILE; }

int connect_error(const Fd& socket) {
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0) return errno;
  return failure;
}

}  // namespace squall::proxy
