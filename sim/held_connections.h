// Held connections: those that the users of a load from outside keep to its destination.
//
// A user's request goes out on one of its user's that is made, and waits while none is. A
// connection that is lost takes the request on it along; where the load retries it is made again at
// once, and after a backoff each time that this fails, else for the user's next request. Not here:
// connections of sidecars. Cost: 48 bytes a connection, a look at each when some are closed.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/time.h"
#include "sim/engine.h"
#include "sim/model.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

class HeldConnections {
 public:
  explicit HeldConnections(World& world);

  /// REQUIRES: its load holds connections, and its user has no other request.
  void send(const Call& call, std::uint64_t random);
  /// A user's request is over; `leaves`: its last one.
  void on_done(const Call& call, bool leaves);
  void on_event(const Event& event);
  /// Those that lead to a pod; `application_only`: its sidecar keeps its own.
  void close_to(std::uint32_t pod, bool application_only);
  /// Those that it meets.
  void close_of(const LinkFault& fault);

 private:
  enum class Step : std::uint8_t { kHandshake, kConnected, kRefused, kClosed, kTimeout, kRetry };
  struct Connection {
    enum class State : std::uint8_t { kIdle, kConnecting, kUp, kPausing };
    std::uint32_t load = 0, user = 0;  // the second: of all loads'
    std::uint32_t endpoint = kNone;    // of its Service
    std::uint32_t attempt = 0;         // events of other ones come too late
    std::uint32_t failed = 0;          // in a row
    State state = State::kIdle;
    Duration waited{};    // before the latest retry
    TimerHandle timer{};  // its end, while it is in the making
  };
  struct User {
    std::uint32_t first = 0, count = 0;  // its connections
    std::uint32_t call = kNone;          // its request, while it waits or is on a connection
    std::uint32_t on = kNone;            // which; none: it waits
    std::uint64_t random = 0;            // the request's
  };

  const scenarios::HeldConnections& settings_of(const Connection& connection) const;
  const ServiceModel::Endpoint& endpoint_of(const Connection& connection) const;
  std::uint64_t random_of(std::uint32_t index) const;
  void post(Step step, std::uint32_t index, Duration after);
  void arm(Step step, std::uint32_t index, Duration after);
  bool is_up(std::uint32_t pod) const;
  void connect(std::uint32_t index), handshake(std::uint32_t index), made(std::uint32_t index);
  void fail(std::uint32_t index), lose(std::uint32_t index);
  void make_lost_ones(const User& user);
  void send_on(User& user, std::uint32_t index);
  void answer_none(User& user);
  template <class Holds>
  void close(const Holds& holds);

  World& world_;
  std::vector<Connection> connections_;
  std::vector<User> users_;
  std::vector<std::uint32_t> first_user_;  // by load
};

}  // namespace squall::sim
