// Sockets: TCP over IPv4 and IPv6, non-blocking, by numeric addresses.
#pragma once
#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "policies/base/result.h"

namespace squall::proxy {

/// A file descriptor with one owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

/// An address as the kernel takes it.
struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  std::string address() const;  // without the port
  std::uint16_t port() const;
  std::string text() const;  // "127.0.0.1:80", "[::1]:80"
};

/// Errors: not an IP address.
Result<SocketName> socket_name(std::string_view address, std::uint16_t port);
/// A socket with that name; port 0 takes a free one. Errors: what the kernel says.
Result<Fd> bind_to(const SocketName& name);
/// From now on clients may connect to it. Errors: what the kernel says.
Result<void> begin_listening(const Fd& socket);
/// Both.
Result<Fd> listen_on(const SocketName& name);
/// The name that a socket is bound to.
SocketName name_of(const Fd& socket);
/// Closes it so that the peer sees a reset.
void reset(Fd& socket);
/// Begins to connect; without a socket when the kernel refuses at once.
Fd begin_connect(const SocketName& name);
/// As recv(2), send(2) and write no SIGPIPE. The library's own are points of cancellation, which
/// costs a process of several threads two atomic writes a call.
ssize_t receive_bytes(const Fd& socket, char* bytes, std::size_t size);
ssize_t send_bytes(const Fd& socket, std::string_view bytes);
/// The ends of a client's connection.
struct Ends {
  std::string peer_address, local_address;  // without ports
  std::uint16_t peer_port = 0, local_port = 0;
};
/// Of a connection that `peer` has made.
Ends ends_of(const Fd& socket, const SocketName& peer);
/// The next connection of a listener; none when there is none, errno says why.
Fd accept_from(const Fd& listener, SocketName& peer);
/// For a listener whose connections cannot be taken because no descriptor is left: closes the next
/// one, which would be ready for ever, in the place of `spare`, which is kept open for that.
void turn_away(const Fd& listener, Fd& spare);
/// A descriptor more of the same listener, to be given up when it is needed.
Fd spare_of(const Fd& listener);
/// Whether an accept failed for want of descriptors.
bool out_of_descriptors(int failure);
/// The error of a connection that became writable; 0: it is made.
int connect_error(const Fd& socket);

}  // namespace squall::proxy
