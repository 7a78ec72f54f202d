// The lab's proxy shell: carries out the machines' commands, brings them what arrives.
#include <fmt/format.h>

#include "policies/internal_redirect.h"
#include "sim/lab/client_end.h"
#include "sim/lab/world.h"

namespace squall::sim::lab {

using policies::Command;
using policies::CommandKind;
using policies::ResetReason;

namespace {
template <class T>
T& slot(std::vector<T>& slots, std::uint32_t index) {
  if (index >= slots.size()) slots.resize(index + 1);
  return slots[index];
}
}  // namespace

Link& World::link(std::uint32_t index) {
  if (index >= kFirstCheckLink) return slot(check_links_, index - kFirstCheckLink);
  return slot(links_, index);
}

void World::pump() {
  for (;;) {
    if (worker_.has_command()) {
      carry_out(worker_.next_command());
    } else if (control_.has_command()) {
      const Command command = control_.next_command();
      if (command.kind() == CommandKind::kSetHealth) {
        if (command.end()) worker_.on_host_drain(command.subject(), engine_.now());
      } else if (command.kind() == CommandKind::kPublish) {
        worker_.on_host_health(command.subject(), control_.published(command.subject()));
      } else {
        carry_out(command);
      }
    } else if (!redirects_.empty()) {
      const AskedRedirect asked = redirects_.front();
      redirects_.pop_front();
      follow(asked);
    } else {
      break;
    }
  }
  control_.clear_events();  // a record has only counts of them
  if (ready_at_ == kNever && control_.ready()) {
    ready_at_ = engine_.now();
    record_.marks.emplace_back("ready", ready_at_);
    after(Duration::zero(), EventKind::kStep, step_);
  }
  if (worker_.wants_turn_end() || control_.wants_turn_end()) engine_.request_turn_end(0);
}

void World::carry_out(const Command& command) {
  switch (command.kind()) {
    case CommandKind::kStart:
      return start(command.subject(), command.other(), command.end());
    case CommandKind::kSendBody:
      return post(EventKind::kUpBody, stream_of_[command.subject()], command.other(),
                  command.end());
    case CommandKind::kSendTrailers:
      return post(EventKind::kUpTrailers, stream_of_[command.subject()]);
    case CommandKind::kReset:
      streams_[stream_of_[command.subject()]].open = false;
      return post(EventKind::kUpReset, stream_of_[command.subject()]);
    case CommandKind::kForwardHead:
      return forward_head(command.subject(), command.other(), command.end());
    case CommandKind::kForwardBody:
    case CommandKind::kSendHeld:
      return answer_body(command);
    case CommandKind::kForwardTrailers:  // HTTP/1.1 clients get none
      return post(EventKind::kAnswerEnd, exchange_of(command.subject()).index);
    case CommandKind::kAnswer:
      return answer(command.subject());
    case CommandKind::kResetClient:
      return post(EventKind::kClientClosed, exchange_of(command.subject()).index);
    case CommandKind::kMirror:
      return mirror(command.subject(), command.other());
    case CommandKind::kLog:
      return log(command.subject());
    case CommandKind::kOpen:
      return open_link(command.subject(), command.other());
    case CommandKind::kClose: {
      Link& connection = link(command.subject());
      connection.open = false;
      return post(EventKind::kUpClose, command.subject(), 0, false,
                  static_cast<std::uint16_t>(connection.generation));
    }
    case CommandKind::kArm:
      timers_.at(command.timer(), command.subject()) =
          engine_.arm(command.deadline(), {.kind = static_cast<std::uint8_t>(EventKind::kTimer),
                                           .flags = static_cast<std::uint8_t>(command.timer()),
                                           .b = command.subject()});
      return;
    case CommandKind::kCancel:
      engine_.cancel(timers_.at(command.timer(), command.subject()));
      return;
    case CommandKind::kHostResult:
      return control_.on_host_result(command.cluster(), command.subject(), command.result(),
                                     command.code(), engine_.now());
    case CommandKind::kHoldBody:
    case CommandKind::kMirrorBody:
    case CommandKind::kKeep:
    case CommandKind::kRelease:
    case CommandKind::kSetHealth:
    case CommandKind::kRefuseClient:  // a Downstream's
    case CommandKind::kGoAway:
    case CommandKind::kCloseClient:
    case CommandKind::kPublish:
    case CommandKind::kJoin:  // of listeners that a plan may not have
    case CommandKind::kPass:
    case CommandKind::kCloseTcp:
      return;
    case CommandKind::kRedirect:
      redirects_.push_back({worker_.request_id(command.subject()), command.other()});
      return;
    case CommandKind::kSendCheck:
      return send_check(command.subject());
    case CommandKind::kEndCheck:
      return end_check(command.subject(), command.end());
  }
}

void World::open_link(std::uint32_t index, std::uint32_t number) {
  Link& connection = link(index);
  const policies::HostConfig& host = configuration_.epoch.host(number);
  connection = Link();
  connection.generation = worker_.connection(index).generation;
  connection.open = true;
  const auto at = backend_at_.find({host.address, host.port});
  connection.backend = at == backend_at_.end() ? kNone : at->second;
  post(EventKind::kSyn, index, 0, false, static_cast<std::uint16_t>(connection.generation));
}

void World::start(std::uint32_t attempt, std::uint32_t connection, bool end) {
  Stream& stream = streams_.emplace_back();
  const std::size_t index = streams_.size() - 1;
  const std::uint32_t request = worker_.attempt(attempt).request;
  stream.exchange = exchange_of_[request];
  stream.link = connection;
  stream.link_generation = link(connection).generation;
  stream.backend = link(connection).backend;
  stream.attempt = worker_.attempt_id(attempt);
  policies::upstream_request(worker_, attempt, exchanges_[stream.exchange].received, stream.edits,
                             stream.request);
  slot(stream_of_, attempt) = index;
  post(EventKind::kUpHead, index, 0, end);
  worker_.on_first_byte_sent(stream.attempt);
}

void World::forward_head(std::uint32_t request, std::uint32_t attempt, bool end) {
  Exchange& exchange = exchange_of(request);
  const Stream& stream = streams_[stream_of_[attempt]];
  policies::KeptResponse& response = exchange.response;
  response.clear();
  response.status = stream.answer.status;
  if (stream.answer.body) response.body = *stream.answer.body;
  for (const auto& [name, value] : down_headers_) {
    if (name == "connection") continue;
    response.headers.push_back({response.edits.text.store(name), response.edits.text.store(value)});
  }
  policies::shape_response(worker_, request, exchange.received, engine_.now(), response);
  policies::frame_response(exchange.received.method, end, response);
  say_close(exchange, worker_.request(request).complete, false);
  exchange.response_ends = end;
  post(EventKind::kAnswerHead, exchange.index);
}

/// The piece that just came, or a part of what is held.
void World::answer_body(const Command& command) {
  const bool held = command.kind() == CommandKind::kSendHeld;
  post(EventKind::kAnswerBody, exchange_of(command.subject()).index,
       held ? static_cast<std::uint32_t>(command.number()) : body_bytes_, command.end());
}

void World::answer(std::uint32_t request) {
  Exchange& exchange = exchange_of(request);
  policies::local_reply(worker_, request, exchange.received, engine_.now(), exchange.response);
  const bool no_body = exchange.received.method == "HEAD" || exchange.response.body.empty();
  policies::frame_response(exchange.received.method, no_body, exchange.response);
  say_close(exchange, worker_.request(request).complete,
            policies::ends_connection(worker_, request));
  exchange.response_ends = no_body;
  post(EventKind::kAnswerHead, exchange.index);
  if (!no_body) {
    post(EventKind::kAnswerBody, exchange.index,
         static_cast<std::uint32_t>(exchange.response.body.size()), true);
  }
}

/// A copy's exchange has no client and no row of its own: its attempts are the main request's.
void World::mirror(std::uint32_t copy, std::uint32_t request) {
  const Exchange& main = exchange_of(request);
  Exchange& exchange = exchanges_.emplace_back();
  exchange.plan = main.plan;
  exchange.index = exchanges_.size() - 1;
  exchange.row = main.row;
  exchange.done = true;
  policies::mirrored_request(worker_, copy, request, main.received, exchange.edits,
                             exchange.received);
  slot(exchange_of_, copy) = exchange.index;
}

void World::follow(const AskedRedirect& asked) {
  if (worker_.request_id(asked.request.index) != asked.request) return;
  const std::uint32_t attempt = asked.attempt;
  Exchange& exchange = exchange_of(asked.request.index);
  const bool leads = policies::redirected_request(
      worker_, attempt, exchange.received,
      {.status = streams_[stream_of_[attempt]].answer.status, .headers = down_headers_},
      exchange.edits, exchange.redirected);
  policies::KeptRequest& redirected = exchange.redirected;
  redirected.peer = kClientAddress;
  redirected.peer_port = client_port(exchange.door);
  const policies::RequestHead head = redirected.view();
  const policies::RequestId fresh = worker_.on_redirect(
      asked.request, leads ? &head : nullptr,
      mix(mix(seed_, hash_name(exchange.plan->id)), ++request_ids_), engine_.now());
  if (!fresh) return;
  exchange.request = fresh;
  slot(exchange_of_, fresh.index) = exchange.index;
}

void World::log(std::uint32_t request) {
  if (worker_.request(request).mirror != 0) return;
  Exchange& exchange = exchange_of(request);
  const policies::Request& record = worker_.request(request);
  const policies::Outcome& outcome = record.outcome;
  stats_.on_request_end(worker_, record);
  --stats_.requests_active;
  if (outcome.details == policies::Details::kInternalRedirect) {
    stats_.on_request(false);
    policies::KeptRequest& received = exchange.received;
    std::swap(received, exchange.redirected);
    policies::receive_target(configuration_.epoch.listeners.front().target,
                             policies::is_grpc(received.view()), received.local_port, received,
                             received.text);
    return;
  }
  exchange.at_proxy = false;
  LogRecord log;
  log.code = outcome.details == policies::Details::kDownstreamDisconnect && !record.response_started
                 ? 0
                 : outcome.status;
  log.flags = policies::to_string(outcome.flags);
  const policies::HostConfig* const host =
      record.last_host != kNone ? &configuration_.epoch.host(record.last_host) : nullptr;
  TextArena texts;
  log.details = policies::details_text(outcome, host, texts);
  const policies::LoggedRoute logged = policies::logged_route(worker_, record);
  if (logged.cluster != kNone) log.cluster = configuration_.epoch.clusters[logged.cluster].name;
  if (logged.route != nullptr) log.route = logged.route->name;
  log.attempts = record.attempt_count;
  record_.requests[exchange.row].log = std::move(log);
  doors_[exchange.door].downstream.on_request_end(engine_.now(), door_commands_);
  carry_out_doors();
}

/// Connections, as they arrive at either end.
void World::on_link(const Event& event) {
  Link& connection = link(event.b);
  if (static_cast<std::uint16_t>(connection.generation) != event.small) return;
  const policies::ConnectionId id{event.b, connection.generation};
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kSyn: {
      if (connection.backend == kNone)
        return post(EventKind::kRefused, event.b, 0, false, event.small);
      const Backend& backend = backends_[connection.backend];
      if (backend.connect == scenarios::LabConnect::kHang) return;
      if (backend.connect == scenarios::LabConnect::kRefuse)
        return post(EventKind::kRefused, event.b, 0, false, event.small);
      connection.up = true;
      connection.number = ++accepted_;
      post(EventKind::kAccepted, event.b, 0, false, event.small);
      if (backend.plan->max_streams)
        post(EventKind::kSettings, event.b, *backend.plan->max_streams, false, event.small);
      return;
    }
    case EventKind::kUpClose:
      connection.up = false;
      for (std::size_t i = 0; i < streams_.size(); ++i) {
        if (streams_[i].link == event.b && streams_[i].link_generation == connection.generation)
          on_up_gone(i);
      }
      return;
    default:
      if (event.b >= kFirstCheckLink) return on_check_link(event);
  }
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kAccepted:
      if (connection.open) worker_.on_connected(id, engine_.now());
      break;
    case EventKind::kRefused:
      if (!connection.open) return;
      connection.open = false;
      worker_.on_connect_failed(id, ResetReason::kRemoteConnectionFailure,
                                policies::kConnectionRefused, engine_.now());
      break;
    case EventKind::kSettings:
      if (connection.open) worker_.on_settings(id, event.a, engine_.now());
      break;
    default:
      return close_link(event.b, static_cast<ResetReason>(event.a));
  }
  pump();
}

/// The backend closed it, and the proxy sees that now.
void World::close_link(std::uint32_t index, ResetReason why) {
  Link& connection = link(index);
  if (!connection.open) return;
  connection.open = false;
  for (Stream& stream : streams_) {
    if (stream.link == index && stream.link_generation == connection.generation)
      stream.open = false;
  }
  if (index >= kFirstCheckLink) {
    control_.on_check_result(index - kFirstCheckLink, policies::CheckOutcome::kNetworkFailure,
                             engine_.now());
  } else {
    worker_.on_closed({index, connection.generation}, why, engine_.now());
  }
  pump();
}

}  // namespace squall::sim::lab
