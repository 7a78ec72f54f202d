#include "decisions/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "decisions/concern.h"
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

/// The words from the command on in which the one at `place` lies; empty: it is behind the last.
Words from_command_at(Words words, std::size_t place) {
  while (words.size() >= kWordsOfCommand) {
    const std::size_t size = size_of_front(words);
    if (place < size) return words;
    words = words.subspan(size);
    place -= size;
  }
  return {};
}

std::string describe_front(Words words, Instant at) {
  if (words.empty()) return "nothing";
  const Command command = command_of(words, at);
  return size_of_front(words) == kWordsOfEnd ? describe_end(command, words[3], words[4])
                                             : describe(command);
}

/// Puts in whom the two commands are about; the one of now is more likely to be of slots of now.
std::optional<Difference> compare(const Decision& decision, const Machines& machines, Instant at,
                                  Concern& concern) {
  const Words logged(decision.commands().data(),
                     static_cast<std::size_t>(decision.commands_size()));
  const Words now = machines.words();
  const auto [one, other] = std::ranges::mismatch(logged, now);
  if (one == logged.end() && other == now.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(one - logged.begin());
  const Words then_from = from_command_at(logged, place), now_from = from_command_at(now, place);
  for (const Words words : {now_from, then_from}) {
    const policies::Worker* const worker = machines.worker(decision.machine());
    if (!words.empty() && worker != nullptr)
      concern.complete(concern_of(command_of(words, at), *worker));
  }
  return Difference{.logged = describe_front(then_from, at), .now = describe_front(now_from, at)};
}

void tell_concern(const Machines& machines, const Concern& concern, Difference& out) {
  const policies::Worker* const worker = machines.worker(out.machine);
  if (worker == nullptr) return;
  if (const AskedRequest* asked = machines.asked(out.machine, concern.request); asked != nullptr) {
    out.request = describe(*asked);
    out.received = asked->at;
  }
  out.upstream = describe(concern, worker->configuration().epoch);
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
    // Slots may be free afterwards.
    const policies::Worker* const worker = machines.worker(decision.machine());
    Concern concern = worker == nullptr ? Concern{} : concern_of(decision, *worker);
    std::string wrong = machines.bring(decision, log.at());
    std::optional<Difference> difference = compare(decision, machines, log.at(), concern);
    if (!wrong.empty())
      difference = Difference{.logged = "the event itself", .now = std::move(wrong)};
    result.commands += commands_of(machines.words());
    if (!difference) continue;
    difference->number = result.decisions;
    difference->machine = decision.machine();
    difference->at = log.at();
    difference->event = describe(decision);
    tell_concern(machines, concern, *difference);
    result.difference = std::move(difference);
    return result;
  }
}

}  // namespace squall::decisions
