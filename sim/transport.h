// Transport: calls, and the streams that carry them from a client to a server and back.
//
// What takes no time is I/O of the same instant.
#pragma once
#include <cstdint>

#include "policies/exchange.h"
#include "sim/model.h"
#include "sim/pod.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

class Transport {
 public:
  explicit Transport(World& world) : world_(world) {}

  Call& take_call();
  /// By the application of `pod`, with its client library where the site names one; none: from
  /// outside the mesh.
  void make_call(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random);
  /// By the sidecar of `pod`, where it has one.
  void send_call(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random);
  /// Its sidecar's turn has come: that of the call's pod, and of the stream's.
  void enter(Call& call, const CallSite& site, std::uint64_t random);
  void enter(Stream& stream);
  bool is_there(const Stream& stream) const;
  /// A random ready pod's endpoint of the site's service; kNone: there is none.
  std::uint32_t random_ready(const CallSite& site, std::uint64_t random) const;
  /// Without a sidecar, to an endpoint of the site's service; kNone: there is none to ask.
  void send_directly(Call& call, const CallSite& site, std::uint32_t endpoint,
                     std::uint64_t random);
  /// Without a sidecar, to this endpoint.
  void send_to(Call& call, const CallSite& site, const ServiceModel::Endpoint& endpoint,
               std::uint64_t random);
  /// Who asked leaves, and hears nothing more of it.
  void give_up(Call& call);
  /// Its sidecar sees that who asked is gone. REQUIRES: it carries the call.
  void reset_at_sidecar(const Call& call);
  void answer_call(Call& call, Answer answer, std::uint64_t flags);
  const CallSite& site_of(const Call& call) const;
  /// As its application sends it.
  std::uint32_t head_of(const Call& call, const CallSite& site) const;
  void release(Call& call);

  /// A stream whose head is on its way to the server: referred to by client, server and that event.
  Stream& open_stream(Call& call, std::uint32_t pod, bool at_sidecar);
  void post(EventKind kind, std::uint32_t b);
  /// To the stream's server, or a kReply to its client.
  void send(EventKind kind, Stream& stream);
  /// The server has answered: the answer is on its way and the server is done with the stream.
  void reply(Stream& stream, Answer answer);
  /// The client gives the stream up; the server learns it.
  void leave(Stream& stream);
  /// The server is gone. A client without a proxy sees a reset; a proxy sees its connection close.
  void lose_stream(Stream& stream);
  /// A node is back that knows nothing of the connections of callers without a sidecar.
  void reset_hanging(std::uint32_t pod);
  void release(Stream& stream);

  void on_arrive(Stream& stream), on_reply(Stream& stream), on_client_left(Stream& stream);
  void on_call_done(Call& call);

 private:
  void forget(Stream& stream);
  void respond(Stream& stream);
  /// On a stream that no proxy has decided on.
  void carry(Call& call, const CallSite& site, const ServiceModel::Endpoint& endpoint,
             std::uint64_t random);
  void turn_down(Call& call, const CallSite& site, policies::Reception why);
  /// By the caller's ztunnel: to a random ready replica of the site's waypoint (waypoints.cc).
  void send_to_waypoint(Call& call, const CallSite& site, std::uint64_t random);
  void call_without_proxy(Call& call, const CallSite& site, std::uint64_t random);

  World& world_;
};

}  // namespace squall::sim
