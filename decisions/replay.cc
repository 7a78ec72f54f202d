#include "decisions/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "decisions/describe.h"

namespace squall::decisions {
namespace {

using policies::Command;
using Words = std::span<const std::uint64_t>;

/// A command at the front of `words`, and how many of them it takes.
std::pair<Command, std::size_t> front(Words words) {
  const Command command = Command::of(words[0], words[1]);
  const bool ends = command.kind() == policies::CommandKind::kLog && words.size() >= 4;
  return {command, ends ? 4 : 2};
}

/// The command in which the word at `place` lies.
std::string command_at(Words words, std::size_t place) {
  while (words.size() >= 2) {
    const auto [command, size] = front(words);
    if (place < size) {
      return size == 4 ? describe_end(command, words[2], words[3]) : describe(command);
    }
    words = words.subspan(size);
    place -= size;
  }
  return "nothing";
}

std::optional<Difference> compare(const Decision& decision, Words now) {
  const Words logged(decision.commands().data(),
                     static_cast<std::size_t>(decision.commands_size()));
  const auto [one, other] = std::ranges::mismatch(logged, now);
  if (one == logged.end() && other == now.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(one - logged.begin());
  return Difference{.logged = command_at(logged, place), .now = command_at(now, place)};
}

std::uint64_t commands_of(Words words) {
  std::uint64_t count = 0;
  for (; words.size() >= 2; ++count) words = words.subspan(front(words).second);
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
      result.ended = static_cast<LogEnd>(decision.detail() < kLogEnds ? decision.detail() : 0);
      result.lost = decision.number();
      continue;
    }
    ++result.decisions;
    result.machines = std::max(result.machines, decision.machine() + 1);
    std::string wrong = machines.bring(decision);
    std::optional<Difference> difference = compare(decision, machines.words());
    if (!wrong.empty())
      difference = Difference{.logged = "the event itself", .now = std::move(wrong)};
    result.commands += commands_of(machines.words());
    if (!difference) continue;
    difference->number = result.decisions;
    difference->machine = decision.machine();
    difference->at = at_ns(decision.at_ns());
    difference->event = describe(decision);
    result.difference = std::move(difference);
    return result;
  }
}

}  // namespace squall::decisions
