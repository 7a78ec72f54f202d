// What a run remembers of calls, streams and tasks while they last.
//
// A Call is one request that a load or a task makes. A Stream is what one connection carries of it,
// from a client (a proxy's attempt, or the call itself where there is no proxy) to a server (a
// sidecar or an application), and with it the Task, the work of an application on it. Records are
// counted by who still refers to them, since a client that leaves does not stop the work. Each is a
// cache line, a stream with its task two, since tens of thousands may be under way.
#pragma once
#include <cstddef>
#include <cstdint>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "policies/machine/command.h"

namespace squall::sim {

/// An answer as the one who asked sees it.
struct Answer {
  std::uint16_t status = 0;  // 0: none: reset or never connected
  std::uint8_t grpc_status = 0;
  bool grpc : 1 = false;         // grpc_status counts
  bool in_trailers : 1 = false;  // not in the head, so no proxy sees it

  bool failed() const { return status == 0 || status >= 500 || (grpc && grpc_status != 0); }
};

/// Which way a request went that a sidecar sends.
struct Way {
  std::uint32_t edge = kNone;  // of its latest attempt
  std::uint32_t attempts = 0;  // begun on a host
};

/// What carries a call, and so what its `request` is the number of.
enum class Carrier : std::uint8_t {
  kNone,
  kSidecar,  // a request in it
  kStream,   // a stream without a sidecar
  kClient,   // an application's client library: an AppCall
};

struct alignas(64) Call {
  std::uint32_t index = kNone, generation = 0;
  Instant begun{};
  std::uint64_t flags = 0;      // policies::FlagList of its answer
  std::uint32_t load = kNone;   // a load's request; else a task's
  std::uint32_t asker = kNone;  // a closed load's user, or the stream whose task it is, or AppCall
  std::uint32_t asker_generation = 0;
  std::uint32_t model = kNone;    // of Model::calls; a load's: of Model::load_operations
  std::uint32_t edge = kNone;     // where its latest attempt went
  std::uint32_t pod = kNone;      // that makes it, while it is not over; none: outside
  std::uint32_t request = kNone;  // of its carrier
  std::uint16_t references = 0;   // itself while unanswered, each of its streams, its AppCall
  std::uint16_t executions = 0;   // by applications; counted to two
  std::uint16_t attempts = 0;     // sent without a proxy
  Answer answer;
  Carrier carrier = Carrier::kNone;
  bool answered : 1 = false;
  bool mirrored : 1 = false;   // a copy that nobody asked for
  bool of_start : 1 = false;   // by a replica that starts, the asker
  bool of_client : 1 = false;  // a try of an application's client library
  bool of_probe : 1 = false;   // by a kubelet; the asker is one of Probes'
  bool of_check : 1 = false;   // likewise by a sidecar: the asker is a proxy, of check `request`
};
static_assert(sizeof(Call) == 64);

/// The work of an application on a stream.
struct alignas(64) Task {
  std::uint64_t random = 0;
  Instant arrived{};
  Duration work{};  // its own
  std::uint32_t behaviour = kNone;
  std::uint32_t step = 0;         // next step
  std::uint32_t outstanding = 0;  // calls not answered
  std::int32_t times_left = 0;    // of the step's call, one after the other
  bool answered = false;
};

struct alignas(64) Stream {
  std::uint32_t index = kNone, generation = 0;
  std::uint64_t random = 0;
  std::uint32_t call = kNone;
  std::uint32_t proxy = kNone;                   // the client's; none: the call itself
  std::uint32_t attempt = kNone, asked = kNone;  // the client's attempt and its request
  std::uint32_t caller = kNone;                  // the stream whose task makes the call
  std::uint32_t pod = kNone;
  std::uint32_t request = kNone, request_generation = 0;  // in the server's sidecar
  std::uint32_t head = 0;
  std::uint16_t references = 0;  // client, server, task, and events on their way
  std::uint16_t port = 80;       // on the pod
  std::uint16_t number = 1;      // which attempt
  Answer answer;
  bool at_sidecar : 1 = false;  // the server
  bool client_open : 1 = true;
  bool server_open : 1 = true;
  bool has_task : 1 = false;
  bool sent_again : 1 = false;  // on its way to the server, as it was lost before
  bool of_probe : 1 = false;    // in no figure of requests
  bool on_node : 1 = false;     // nothing of it goes over the network
  Task task;
};
static_assert(sizeof(Stream) == 128 && offsetof(Stream, task) == 64);

}  // namespace squall::sim
