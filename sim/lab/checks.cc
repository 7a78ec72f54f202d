// The lab's health checks: each one's own connection, the requests on it, what comes back.
#include "sim/lab/world.h"

namespace squall::sim::lab {

using policies::CheckOutcome;

namespace {

/// So many bytes of its body, from the first on.
std::string body_of(const scenarios::LabAnswer& answer, std::size_t bytes) {
  return answer.body ? answer.body->substr(0, bytes) : std::string(bytes, 'x');
}

}  // namespace

void World::send_check(std::uint32_t check) {
  const std::uint32_t index = kFirstCheckLink + check;
  if (link(index).open) return begin_check(check);
  const std::uint32_t generation = link(index).generation + 1;
  const policies::Epoch& epoch = configuration_.epoch;
  const policies::HostConfig& config = epoch.host(epoch.check_at(check).host);
  const auto at =
      backend_at_.find({config.check_address.empty() ? config.address : config.check_address,
                        config.check_port == 0 ? config.port : config.check_port});
  link(index) = Link();
  link(index).generation = generation;
  link(index).open = true;
  link(index).backend = at == backend_at_.end() ? kNone : at->second;
  post(EventKind::kSyn, index, 0, false, static_cast<std::uint16_t>(generation));
}

/// `told`: the backend hears of each.
void World::give_up_checks(std::uint32_t index, bool told) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    if (stream.link != index || stream.link_generation != link(index).generation || !stream.open)
      continue;
    stream.open = false;
    if (told) post(EventKind::kUpReset, i);
  }
}

void World::end_check(std::uint32_t check, bool stays) {
  const std::uint32_t index = kFirstCheckLink + check;
  Link& connection = link(index);
  if (!connection.open) return;
  give_up_checks(index, stays);
  if (stays) return;
  connection.open = false;
  post(EventKind::kUpClose, index, 0, false, static_cast<std::uint16_t>(connection.generation));
}

/// Backends speak HTTP: a TCP check that waits for an answer waits for its timeout. One that only
/// connects has done with its connection.
void World::begin_check(std::uint32_t check) {
  const policies::HealthCheck& config = configuration_.epoch.check(check);
  if (const auto* tcp = std::get_if<policies::TcpCheck>(&config.kind)) {
    if (!tcp->receive.empty()) return;
    end_check(check, false);
    return control_.on_check_result(check, CheckOutcome::kSuccess, engine_.now());
  }
  const std::uint32_t index = kFirstCheckLink + check;
  Stream& stream = streams_.emplace_back();
  stream.checks = check;
  stream.link = index;
  stream.link_generation = link(index).generation;
  stream.backend = link(index).backend;
  const std::string body =
      policies::health_check_request(configuration_.epoch, check, stream.edits, stream.request);
  post(EventKind::kUpHead, streams_.size() - 1, 0, body.empty());
  if (!body.empty())
    post(EventKind::kUpBody, streams_.size() - 1, static_cast<std::uint32_t>(body.size()), true);
}

/// A connection that is made or refused.
void World::on_check_link(const Event& event) {
  Link& connection = link(event.b);
  const std::uint32_t check = event.b - kFirstCheckLink;
  if (!connection.open) return;
  if (static_cast<EventKind>(event.kind) == EventKind::kAccepted) {
    begin_check(check);
  } else if (static_cast<EventKind>(event.kind) == EventKind::kRefused) {
    connection.open = false;
    control_.on_check_result(check, CheckOutcome::kNetworkFailure, engine_.now());
  }
  pump();
}

/// What a backend sent arrives.
void World::on_check_down(Stream& stream, const Event& event) {
  const auto kind = static_cast<EventKind>(event.kind);
  if (kind == EventKind::kDownInterim) return;
  if (kind == EventKind::kDownHead) stream.head_seen = true;
  if (kind == EventKind::kDownReset) {
    stream.open = false;
    control_.on_check_result(stream.checks, CheckOutcome::kNetworkFailure, engine_.now());
  } else if (std::holds_alternative<policies::GrpcCheck>(
                 configuration_.epoch.check(stream.checks).kind)) {
    on_grpc_down(stream, event);
  } else {
    on_http_down(stream, event);
  }
  pump();
}

/// What comes after its outcome is known is not waited for.
void World::on_grpc_down(Stream& stream, const Event& event) {
  const bool end = event.flags != 0;
  std::optional<CheckOutcome> outcome;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kDownHead:
      read_down_head(stream);
      outcome =
          stream.grpc.on_head({.status = stream.answer.status, .headers = down_headers_}, end);
      break;
    case EventKind::kDownTrailers: {
      std::vector<policies::HeaderField> trailers;
      for (const auto& [name, value] : stream.answer.trailers) trailers.push_back({name, value});
      outcome = stream.grpc.on_trailers(trailers);
      break;
    }
    case EventKind::kDownEnd:
      outcome = stream.grpc.on_body({}, true);
      break;
    default:
      outcome = stream.grpc.on_body(body_of(stream.answer, event.a), end);
      break;
  }
  if (!outcome) return;
  const bool whole = end || static_cast<EventKind>(event.kind) == EventKind::kDownTrailers ||
                     static_cast<EventKind>(event.kind) == EventKind::kDownEnd;
  give_up_checks(stream.link, !whole);
  control_.on_check_result(stream.checks, *outcome, engine_.now());
}

/// It counts when it is whole.
void World::on_http_down(Stream& stream, const Event& event) {
  const auto kind = static_cast<EventKind>(event.kind);
  const auto& http = std::get<policies::HttpCheck>(configuration_.epoch.check(stream.checks).kind);
  if (kind == EventKind::kDownBody) stream.received += body_of(stream.answer, event.a);
  if (http.buffer_bytes > 0 && stream.received.size() > http.buffer_bytes)
    stream.received.resize(http.buffer_bytes);
  if (event.flags == 0 && kind != EventKind::kDownEnd && kind != EventKind::kDownTrailers) return;
  stream.open = false;
  read_down_head(stream);
  const bool matches = policies::matches(http.receive, stream.received);
  control_.on_check_response(stream.checks,
                             {.status = stream.answer.status, .headers = down_headers_}, matches,
                             engine_.now());
  if (stream.answer.close_connection) end_check(stream.checks, false);
}

}  // namespace squall::sim::lab
