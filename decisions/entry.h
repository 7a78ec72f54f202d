// Entry: one decision as it is when it has been made, and its bytes in a log.
//
// Written with Protobuf's own primitives straight into the log's buffer, without a message object
// between: a busy proxy makes half a million decisions a second. Lengths are padded varints, so
// that they can be filled in afterwards. Cost: some 30 ns, and what the texts of a head cost
// (head_table.h).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "decisions/decision.pb.h"
#include "decisions/head_table.h"
#include "policies/worker.h"

namespace squall::decisions {

struct Entry {
  Event event = NONE;
  std::uint32_t machine = 0;
  Instant at = kNever;  // kNever: at the instant of the one before
  std::uint32_t subject = 0, generation = 0, detail = 0;
  std::uint64_t number = 0;
  bool end = false;
  const policies::RequestHead* request = nullptr;
  const policies::ResponseHead* response = nullptr;
  const policies::PublishedHosts* hosts = nullptr;
  const std::vector<bool>* absent = nullptr;  // which hosts are not there
  std::span<const policies::Command> commands{};
  const policies::Worker* worker = nullptr;  // whose requests the commands may be about
};

inline constexpr std::size_t kRequestTexts = 6;  // of a request's head, before its headers

/// What the entries of a file have said so far.
struct EncodingState {
  Instant at{};
  HeadTable heads;
  std::vector<std::string_view> texts;  // of the head at hand; then those of them that are new
};

/// At least as many bytes as encode() writes. The texts of its head are in the state from now on.
std::size_t measure(const Entry& entry, EncodingState& state);
/// Length and message of what was measured just before; returns the end of what it wrote.
std::uint8_t* encode(const Entry& entry, std::size_t most, EncodingState& state, std::uint8_t* to);

inline constexpr std::uint64_t kWordsOfCommand = 3, kWordsOfEnd = 5;

/// Calls push(word) as a log has commands that were given at an instant.
template <class Push>
void each_word(std::span<const policies::Command> commands, Instant at,
               const policies::Worker* worker, const Push& push) {
  static_assert(policies::kCommandKinds <= 32);
  for (const policies::Command& command : commands) {
    const std::uint64_t word = command.word();
    push((word & 0x1f) | (word >> 16 & 1) << 5 | (word >> 8 & 0xff) << 6);
    push(command.subject());
    if (command.kind() == policies::CommandKind::kArm) {
      const std::int64_t later = to_ns(command.deadline()) - to_ns(at);
      push(static_cast<std::uint64_t>(later) << 1 ^ static_cast<std::uint64_t>(later >> 63));
    } else {
      push(command.number());
    }
    if (command.kind() != policies::CommandKind::kLog) continue;
    const policies::Request& request = worker->request(command.subject());
    const policies::Outcome& outcome = request.outcome;
    push(std::uint64_t{outcome.status} | static_cast<std::uint64_t>(outcome.details) << 16 |
         static_cast<std::uint64_t>(outcome.reset) << 24 |
         std::uint64_t{request.attempt_count} << 32 | std::uint64_t{outcome.grpc_status} << 48);
    push(outcome.flags.packed);
  }
}
/// The command of three such words.
policies::Command command_of(std::span<const std::uint64_t> words, Instant at);

}  // namespace squall::decisions
