// What the overload manager's actions do to the shell.
#include <algorithm>

#include "policies/base/mix.h"
#include "proxy/shell.h"

namespace squall::proxy {

using Kind = policies::OverloadAction::Kind;

void Shell::measure_overload() {
  overload_.refresh();
  worker_.on_overload(overload_.level(Kind::kStopAcceptingRequests));
  accept_if(overload_.level(Kind::kStopAcceptingConnections) < 1);
  reduce_timeouts(overload_.level(Kind::kReduceTimeouts));
  timers_.arm(static_cast<std::uint8_t>(ShellTimer::kOverload), 0,
              now_ + overload_.refresh_interval());
}

/// Connections that are not accepted wait in their listener's queue.
void Shell::accept_if(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  for (std::uint32_t i = 0; listening_ && i < doors_.size(); ++i) {
    if (accepting) {
      poller_.watch(doors_[i].socket, {.source = Source::kListener, .index = i});
    } else {
      poller_.forget(doors_[i].socket);
    }
  }
}

void Shell::reduce_timeouts(double level) {
  if (level == reduction_) return;
  reduction_ = level;
  worker_.on_reduced_timeouts(level, now_);
  for (std::uint32_t i = 0; i < clients_.capacity(); ++i) {
    Client& client = clients_[i];
    if (client.index == kNone || !client.socket) continue;
    client.downstream.on_reduced_timeouts(level, now_, client_commands_);
    carry_out_clients();
  }
}

/// So that a share of them is, as the overload manager says.
bool Shell::rejects_connection() {
  const double level = overload_.level(Kind::kRejectIncomingConnections);
  if (level <= 0) return false;
  return unit(mix(seed_, Purpose::kOverload, ++connections_)) < level;
}

}  // namespace squall::proxy
