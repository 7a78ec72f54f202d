// Pings of the shell's connections of HTTP/2, and the end of one that does not answer.
#include "proxy/shell.h"

namespace squall::proxy {

Pinged Shell::pinged(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  return {bootstrap_.clusters[worker_.connection(connection).cluster].keepalive,
          up.pings,
          *up.http2,
          ShellTimer::kHostPing,
          ShellTimer::kHostPong,
          connection};
}

Pinged Shell::pinged(Client& client) {
  return {bootstrap_.listeners[client.listener].keepalive,
          client.pings,
          *client.http2,
          ShellTimer::kClientPing,
          ShellTimer::kClientPong,
          client.index};
}

void Shell::fire_ping(ShellTimer timer, std::uint32_t owner) {
  const bool to_host = timer == ShellTimer::kHostPing || timer == ShellTimer::kHostPong;
  if (to_host && !upstreams_[owner].http2) return;  // it has closed
  const Pinged one = to_host ? pinged(owner) : pinged(clients_[owner]);
  if (timer == one.next) {
    pinger_.ping(one, now_);
    return to_host ? mark_dirty(owner) : mark_dirty(clients_[owner]);
  }
  if (!to_host) return give_up_client(clients_[owner]);
  ++ping_timeouts_.by_cluster[worker_.connection(owner).cluster];
  break_upstream(owner, policies::ResetReason::kConnectionTermination, true);
}

/// To the worker its clients have left. Envoy counts it as closed by the proxy, and yet as by the
/// client where requests were under way.
void Shell::give_up_client(Client& connection) {
  ++ping_timeouts_.of_clients;
  policies::DownstreamStats& stats = doors_[connection.listener].stats;
  const std::uint64_t before = stats.resets;
  drop_streams(connection, {.status = 0,
                            .flag = "DC",
                            .details = "downstream_local_disconnect(http2_ping_timeout)",
                            .body = ""});
  if (stats.resets > before) ++stats.closed_by_clients_busy;
  close_client(connection);
}

}  // namespace squall::proxy
