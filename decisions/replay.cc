#include "decisions/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "decisions/describe.h"
#include "decisions/entry.h"

namespace squall::decisions {
namespace {

using policies::Command;
using Words = std::span<const std::uint64_t>;

/// How many words the command at the front takes.
std::size_t size_of_front(Words words) {
  const bool ends = (words[0] & 0x1f) == static_cast<std::uint64_t>(policies::CommandKind::kLog);
  return ends && words.size() >= kWordsOfEnd ? kWordsOfEnd : kWordsOfCommand;
}

/// The command in which the word at `place` lies.
std::string command_at(Words words, std::size_t place, Instant at) {
  while (words.size() >= kWordsOfCommand) {
    const std::size_t size = size_of_front(words);
    if (place < size) {
      const Command command = command_of(words, at);
      return size == kWordsOfEnd ? describe_end(command, words[3], words[4]) : describe(command);
    }
    words = words.subspan(size);
    place -= size;
  }
  return "nothing";
}

std::optional<Difference> compare(const Decision& decision, Instant at, Words now) {
  const Words logged(decision.commands().data(),
                     static_cast<std::size_t>(decision.commands_size()));
  const auto [one, other] = std::ranges::mismatch(logged, now);
  if (one == logged.end() && other == now.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(one - logged.begin());
  return Difference{.logged = command_at(logged, place, at), .now = command_at(now, place, at)};
}

std::uint64_t commands_of(Words words) {
  std::uint64_t count = 0;
  for (; words.size() >= kWordsOfCommand; ++count) words = words.subspan(size_of_front(words));
  return count;
}

}  // namespace

Result<Replayed> replay(LogReader& log, const Machines::Configurations& configurations) {
  Machines machines(configurations);
  Replayed result;
  for (;;) {
    const Result<const Decision*> read = log.next();
    if (!read) return std::unexpected(read.error());
    if (*read == nullptr) return result;
    const Decision& decision = **read;
    if (decision.event() == END) {
      result.closed = true;
      result.ended = static_cast<LogEnd>(decision.detail() < kLogEnds ? decision.detail() : 0);
      result.lost = decision.number();
      continue;
    }
    ++result.decisions;
    result.machines = std::max(result.machines, decision.machine() + 1);
    std::string wrong = machines.bring(decision, log.at());
    std::optional<Difference> difference = compare(decision, log.at(), machines.words());
    if (!wrong.empty())
      difference = Difference{.logged = "the event itself", .now = std::move(wrong)};
    result.commands += commands_of(machines.words());
    if (!difference) continue;
    difference->number = result.decisions;
    difference->machine = decision.machine();
    difference->at = log.at();
    difference->event = describe(decision);
    result.difference = std::move(difference);
    return result;
  }
}

}  // namespace squall::decisions
