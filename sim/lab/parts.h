// What the lab's world remembers of clients, backends, connections and attempts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "decisions/recorded.h"
#include "policies/exchange.h"
#include "policies/grpc_check.h"
#include "policies/worker.h"
#include "scenarios/lab_plan.h"
#include "sim/event.h"
#include "sim/timers.h"

namespace squall::sim::lab {

enum class EventKind : std::uint8_t {
  // I/O: b is the exchange, stream or connection
  kHead,
  kPiece,
  kRequestEnd,
  kClientReset,  // client to proxy
  kInterim,
  kAnswerHead,
  kAnswerBody,
  kAnswerEnd,
  kAnswerTrailers,
  kClientClosed,
  kDoorClosed,  // proxy to client
  kSyn,
  kAccepted,
  kRefused,
  kSettings,
  kClosed,  // connections; small: generation
  kUpHead,
  kUpBody,
  kUpTrailers,
  kUpReset,
  kUpClose,  // proxy to backend
  kDownInterim,
  kDownHead,
  kDownBody,
  kDownEnd,
  kDownTrailers,
  kDownReset,  // backend to proxy
  // the lab's timers
  kStep,
  kLane,
  kNextPiece,
  kAbort,
  kTimeout,
  kWatch,
  kRespond,
  kRespondBody,
  kPoll,
  // the proxy's timers, and looks at the end of an instant
  kTimer,
  kLook,
};

inline Event make_event(EventKind kind, std::size_t b, std::uint32_t a, bool flag,
                        std::uint16_t small) {
  return {.kind = static_cast<std::uint8_t>(kind),
          .flags = static_cast<std::uint8_t>(flag ? 1 : 0),
          .small = small,
          .a = a,
          .b = static_cast<std::uint32_t>(b)};
}

/// One client request on its way.
struct Exchange {
  const scenarios::LabRequest* plan = nullptr;
  std::size_t index = 0;
  std::size_t row = 0;   // of Record::requests
  std::size_t lane = 0;  // of World::lanes_
  std::size_t door = 0;  // of World::doors_
  policies::RequestId request;
  policies::KeptRequest received;
  policies::KeptRequest redirected;  // the head that takes its place
  policies::HeaderEdits edits;       // of a mirrored copy's or a redirected head
  std::size_t next_piece = 0;
  bool at_proxy = false;            // the worker has it and has not logged it
  bool complete = false;            // all sent
  bool done = false;                // the client is done with it
  bool close = false;               // the answer says connection: close
  bool asked_close = false;         // the request does
  bool ended = false;               // all of the answer has come
  policies::KeptResponse response;  // on its way
  bool response_ends = false;
};

/// A client's connection to the proxy.
struct Door {
  std::string name;  // of a kept one
  decisions::RecordedDownstream downstream;
  bool accepted = false;     // the proxy knows it
  bool open = true;          // at both ends
  std::size_t exchange = 0;  // the latest on it
};

struct Backend {
  const scenarios::LabEndpoint* plan = nullptr;
  std::vector<scenarios::LabRule> rules;
  std::vector<std::uint64_t> met;  // by rule: requests that met its other conditions
  scenarios::LabConnect connect = scenarios::LabConnect::kAccept;
};

struct Link {  // a connection to a backend, by the worker's slot
  std::uint32_t generation = 0;
  std::uint32_t backend = kNone;
  std::uint64_t number = 0;  // as accepted
  std::uint64_t requests = 0;
  bool open = false;  // at the proxy
  bool up = false;    // at the backend
};

/// Links from here on are those of health checks, by their numbers.
inline constexpr std::uint32_t kFirstCheckLink = 0x80000000;

struct Stream {  // one attempt at a backend; never reused
  std::size_t exchange = 0;
  std::uint32_t checks = kNone;  // the number of the health check that it is; then for no exchange
  std::uint32_t link = kNone, link_generation = 0;
  std::uint32_t backend = kNone;
  policies::AttemptId attempt;
  policies::HeaderEdits edits;
  policies::KeptRequest request;
  scenarios::LabAnswer answer;
  bool open = true;           // at the proxy
  bool arrived = false;       // recorded
  bool head_seen = false;     // by the proxy
  bool own = false;           // without an id
  bool mirrored = false;      // a copy, by its host's name
  std::size_t row = 0;        // of the attempts
  policies::GrpcAnswer grpc;  // of a check
  std::string received;       // likewise: of the body
  bool answering = false, finished = false;
  bool complete = false;  // the request is there
};

struct Lane {
  const scenarios::LabLane* plan = nullptr;
  std::size_t next = 0;
  std::size_t step = 0;
  bool over = false;
};

}  // namespace squall::sim::lab
