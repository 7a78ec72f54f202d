// Entry: one decision as it is when it has been made, and its bytes in a log.
//
// Written with Protobuf's own primitives straight into the log's buffer, without a message object
// between: a busy proxy makes half a million decisions a second. Lengths are varints of four bytes,
// padded, so that they can be filled in afterwards. Cost: some 30 ns, a head's texts beside.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "decisions/decision.pb.h"
#include "policies/worker.h"

namespace squall::decisions {

struct Entry {
  Event event = NONE;
  std::uint32_t machine = 0;
  Instant at{};
  std::uint32_t subject = 0, generation = 0, detail = 0;
  std::uint64_t number = 0;
  bool end = false;
  const policies::RequestHead* request = nullptr;
  const policies::ResponseHead* response = nullptr;
  const policies::PublishedHosts* hosts = nullptr;
  std::span<const policies::Command> commands{};
  const policies::Worker* worker = nullptr;  // whose requests the commands may be about
};

/// At least as many bytes as encode() writes.
std::size_t most_bytes(const Entry& entry);
/// Length and message; returns the end of what it wrote.
std::uint8_t* encode(const Entry& entry, std::uint8_t* to);

/// Calls push(word) as a log has commands.
template <class Push>
void each_word(std::span<const policies::Command> commands, const policies::Worker* worker,
               const Push& push) {
  for (const policies::Command& command : commands) {
    push(command.word());
    push(command.number());
    if (command.kind() != policies::CommandKind::kLog) continue;
    const policies::Request& request = worker->request(command.subject());
    const policies::Outcome& outcome = request.outcome;
    push(std::uint64_t{outcome.status} << 48 | std::uint64_t{outcome.grpc_status} << 32 |
         std::uint64_t{request.attempt_count} << 16 |
         static_cast<std::uint64_t>(outcome.details) << 8 |
         static_cast<std::uint64_t>(outcome.reset));
    push(outcome.flags.packed);
  }
}

}  // namespace squall::decisions
