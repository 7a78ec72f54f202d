// Replay: a decision log fed to fresh machines, which must command what it says.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "decisions/log_format.h"
#include "decisions/log_reader.h"
#include "decisions/machines.h"

namespace squall::decisions {

/// The first decision that came out otherwise.
struct Difference {
  std::uint64_t number = 0;  // of the decision, from 1
  std::uint32_t machine = 0;
  Instant at{};
  std::string event{};          // "response of attempt 4"
  std::string logged{}, now{};  // the command that differs; "nothing" where one list is shorter
  // Whom it is about; empty: nobody, or it is not known.
  std::string request{};  // concern.h; it came at `received`
  Instant received{};
  std::string upstream{};  // "cluster payment, host 10.0.0.1:8080"
};

struct Replayed {
  std::uint64_t decisions = 0, commands = 0;
  std::uint32_t machines = 0;
  bool closed = false;           // the log's last message is there
  LogEnd ended = LogEnd::kNone;  // why the log ends before the proxy
  std::uint64_t lost = 0;        // decisions after that
  std::optional<Difference> difference;
};

/// `configurations` are those of the log's Start, or others to decide by. Stops at the first
/// difference. Errors: the log is broken, or says what cannot be.
Result<Replayed> replay(LogReader& log, const Machines::Configurations& configurations);

}  // namespace squall::decisions
