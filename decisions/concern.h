// Concern: whom a decision is about, so that a person finds the request in an access log.
//
// A log names slots; what they hold is the machines' to say, and who asked is remembered here: of
// each request the head that it came with. Cost: a few copies of short texts a request.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "decisions/decision.pb.h"
#include "policies/head.h"
#include "policies/worker.h"

namespace squall::decisions {

/// Slots and numbers of the configuration; kNone where there is none, or none is known.
struct Concern {
  std::uint32_t request = kNone, cluster = kNone, host = kNone;

  /// What the other one knows and this one does not.
  void complete(const Concern& other);
};
/// Of an event that has not been told yet.
Concern concern_of(const Decision& decision, const policies::Worker& worker);
Concern concern_of(const policies::Command& command, const policies::Worker& worker);

/// A request as it came; of a TCP connection only its client.
struct AskedRequest {
  std::string method, authority, path, id, peer;  // id: x-request-id
  std::uint16_t peer_port = 0;
  Instant at{};
};
/// "GET shop.example/cart, x-request-id 17, from 10.0.0.9:4711".
std::string describe(const AskedRequest& request);
/// "cluster payment, host 10.0.0.1:8080".
std::string describe(const Concern& concern, const policies::Epoch& epoch);

/// By slot, each until the slot's next request comes.
class AskedRequests {
 public:
  void note(std::uint32_t slot, const policies::RequestHead& head, Instant at);
  /// A mirrored request is its original's copy.
  void copy(std::uint32_t slot, std::uint32_t original);
  /// Null: nothing is known of it.
  const AskedRequest* find(std::uint32_t slot) const;

 private:
  std::vector<AskedRequest> slots_;
};

}  // namespace squall::decisions
