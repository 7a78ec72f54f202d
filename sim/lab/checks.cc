// The lab's health checks: each host's own connection, the requests on it, what comes back.
#include "sim/lab/world.h"

namespace squall::sim::lab {

using policies::CheckOutcome;

void World::send_check(std::uint32_t host) {
  const std::uint32_t index = kFirstCheckLink + host;
  if (link(index).open) return begin_check(host);
  const std::uint32_t generation = link(index).generation + 1;
  const policies::HostConfig& config = configuration_.epoch.host(host);
  const auto at =
      backend_at_.find({config.check_address.empty() ? config.address : config.check_address,
                        config.check_port == 0 ? config.port : config.check_port});
  link(index) = Link();
  link(index).generation = generation;
  link(index).open = true;
  link(index).backend = at == backend_at_.end() ? kNone : at->second;
  post(EventKind::kSyn, index, 0, false, static_cast<std::uint16_t>(generation));
}

void World::end_check(std::uint32_t host) {
  const std::uint32_t index = kFirstCheckLink + host;
  Link& connection = link(index);
  if (!connection.open) return;
  connection.open = false;
  for (Stream& stream : streams_) {
    if (stream.link == index && stream.link_generation == connection.generation)
      stream.open = false;
  }
  post(EventKind::kUpClose, index, 0, false, static_cast<std::uint16_t>(connection.generation));
}

/// Backends speak HTTP: a TCP check that waits for an answer waits for its timeout.
void World::begin_check(std::uint32_t host) {
  const std::uint32_t cluster = configuration_.epoch.cluster_of_host(host);
  const policies::ClusterConfig& config = configuration_.epoch.clusters[cluster];
  if (const auto* tcp = std::get_if<policies::TcpCheck>(&config.health_check->kind)) {
    if (tcp->receive.empty()) control_.on_check_result(host, CheckOutcome::kSuccess, engine_.now());
    return;
  }
  const std::uint32_t index = kFirstCheckLink + host;
  Stream& stream = streams_.emplace_back();
  stream.checks = host;
  stream.link = index;
  stream.link_generation = link(index).generation;
  stream.backend = link(index).backend;
  policies::health_check_request(configuration_.epoch, host,
                                 std::get<policies::HttpCheck>(config.health_check->kind),
                                 stream.request);
  post(EventKind::kUpHead, streams_.size() - 1, 0, true);
}

/// A connection that is made or refused.
void World::on_check_link(const Event& event) {
  Link& connection = link(event.b);
  const std::uint32_t host = event.b - kFirstCheckLink;
  if (!connection.open) return;
  if (static_cast<EventKind>(event.kind) == EventKind::kAccepted) {
    begin_check(host);
  } else if (static_cast<EventKind>(event.kind) == EventKind::kRefused) {
    connection.open = false;
    control_.on_check_result(host, CheckOutcome::kNetworkFailure, engine_.now());
  }
  pump();
}

/// What a backend sent arrives; it counts when it is whole.
void World::on_check_down(Stream& stream, const Event& event) {
  const auto kind = static_cast<EventKind>(event.kind);
  const bool ends = event.flags != 0 || kind == EventKind::kDownEnd ||
                    kind == EventKind::kDownTrailers || kind == EventKind::kDownReset;
  if (kind == EventKind::kDownHead) stream.head_seen = true;
  if (!ends) return;
  stream.open = false;
  if (kind == EventKind::kDownReset) {
    control_.on_check_result(stream.checks, CheckOutcome::kNetworkFailure, engine_.now());
  } else {
    read_down_head(stream);
    control_.on_check_response(
        stream.checks, {.status = stream.answer.status, .headers = down_headers_}, engine_.now());
    if (stream.answer.close_connection) end_check(stream.checks);
  }
  pump();
}

}  // namespace squall::sim::lab
