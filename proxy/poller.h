// Poller: which sockets have something to say?
//
// Connections are registered once, edge-triggered, for reading and writing; listeners stay
// level-triggered. A registration carries a token: what kind of thing it is, its slot, and the
// slot's generation, so that what arrives for something that has ended is noticed. Linux's epoll.
#pragma once
#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "policies/base/time.h"
#include "proxy/socket.h"

namespace squall::proxy {

/// Reads of one connection in a turn; what more there is waits for the next.
inline constexpr int kMostReads = 16;

enum class Source : std::uint8_t {
  kSignal,
  kReopen,
  kListener,
  kClient,
  kUpstream,
  kAdminListener,
  kAdmin,
  kProbe,
  kTcp
};

struct Token {
  Source source = Source::kSignal;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // its low 24 bits count

  std::uint64_t packed() const {
    return std::uint64_t{static_cast<std::uint8_t>(source)} << 56 |
           std::uint64_t{generation & 0xffffff} << 32 | index;
  }
  static Token unpack(std::uint64_t bits) {
    return {static_cast<Source>(bits >> 56), static_cast<std::uint32_t>(bits),
            static_cast<std::uint32_t>(bits >> 32) & 0xffffff};
  }
  bool is_for(std::uint32_t slot_generation) const {
    return (slot_generation & 0xffffff) == generation;
  }
};

struct Ready {
  Token token;
  bool readable = false;  // or closed, or failed: a read will tell
  bool writable = false;
};

class Poller {
 public:
  Poller();
  void watch_connection(const Fd& fd, Token token);
  void watch(const Fd& fd, Token token);  // for reading, level-triggered
  void forget(const Fd& fd);              // until it is watched again
  /// Waits until something is ready or `until` has come; kNever: for ever. `now` is the time.
  std::span<const Ready> wait(Instant now, Instant until);

 private:
  void add(const Fd& fd, Token token, std::uint32_t events);

  Fd epoll_;
  std::vector<epoll_event> events_;
  std::vector<Ready> ready_;
};

}  // namespace squall::proxy
