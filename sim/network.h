// Network: how long a message is on its way, and a connection in the making.
//
// What a stream's client sends takes the same time all along, and so does what comes back, so that
// only what was lost and is sent again, as TCP does, is overtaken. Within a pod and where nothing
// is declared it takes none: then it is I/O of the same instant, and nothing here is asked.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/base/time.h"
#include "sim/pod.h"
#include "sim/proxy.h"
#include "sim/records.h"
#include "sim/ring.h"

namespace squall::sim {

struct World;

class Network {
 public:
  explicit Network(World& world);

  /// Whether anything declared takes time, or may be lost.
  bool takes_time() const { return takes_time_; }

  /// REQUIRES: takes_time(). To the stream's server, or a kReply to its client.
  void carry(EventKind kind, Stream& stream);
  /// REQUIRES: takes_time(). What becomes of a connection in the making.
  void connect(const Event& made, const Proxy& proxy, const ConnectionSlot& slot);
  /// Its round trips are over: the server works on it, if it is to work for that.
  void on_handshake(const Event& event, const ConnectionSlot& slot);
  /// REQUIRES: takes_time(). The server's end of a connection has closed, once it had read what was
  /// sent now, or without that.
  void close(const Event& closed, const Proxy& proxy, const ConnectionSlot& slot, bool reads_first);

  /// REQUIRES: takes_time(). From outside: until the round trips of a connection to a pod are over;
  /// none: it hears nothing. And until it hears that the pod has closed it.
  std::optional<Duration> connecting(std::uint32_t zone, std::uint32_t pod,
                                     std::uint64_t random) const;
  std::optional<Duration> closing(std::uint32_t zone, std::uint32_t pod,
                                  std::uint64_t random) const;
  /// Likewise from a pod, with the round trips of TLS.
  std::optional<Duration> connecting(std::uint32_t client, const Target& to,
                                     std::uint64_t random) const;
  bool works_for_connections() const { return !handshakes_.empty(); }
  /// REQUIRES: works_for_connections(). Until a pod has done its work for one more, `tls` of it for
  /// TLS; none: it has too many.
  std::optional<Duration> handshake(std::uint32_t pod, Duration tls);

  /// A node's silence: nothing reaches it, and nothing comes from it.
  void silence(std::uint32_t pod, bool silent) { silent_[pod] = silent ? 1 : 0; }
  bool is_silent(std::uint32_t pod) const { return pod < silent_.size() && silent_[pod] != 0; }
  /// What it was to do for connections in the making is lost.
  void forget_handshakes(std::uint32_t pod);

 private:
  struct End {
    std::uint32_t pod, zone;  // no pod: outside
  };
  End end_of(std::uint32_t pod) const;
  End client_of(const Stream& stream) const;
  struct Handshakes {
    Ring<Instant> ends;  // of those in the making
    Instant last{};
  };
  bool is_lost(End from, End to, Instant at, std::uint64_t random) const;
  /// Until what is sent now arrives, but for the way itself; none: never.
  std::optional<Duration> sent_again(End from, End to, Duration first, int most,
                                     std::uint64_t random) const;
  std::optional<Duration> connecting(End from, End to, std::uint64_t random) const;
  std::optional<Duration> closing(End server, End client, std::uint64_t random) const;
  Duration one_way(End from, End to, std::uint64_t random) const;
  Duration sending(const Stream& stream, End from, End to) const;
  Duration round_trips(int n, End from, End to, std::uint64_t random) const;
  std::uint64_t random_of(const Proxy& proxy, const Event& of_connection,
                          const ConnectionSlot& slot) const;

  World& world_;
  const scenarios::Network& declared_;
  bool takes_time_;
  std::vector<Handshakes> handshakes_;  // by pod
  std::vector<std::uint8_t> silent_;    // by pod; empty: none will ever be
};

}  // namespace squall::sim
