#include "sim/lab/lab.h"

#include <fmt/format.h>

#include <utility>

#include "config/bootstrap.h"
#include "config/compile.h"
#include "sim/lab/world.h"

namespace squall::sim {
namespace lab {

World::World(const scenarios::LabPlan& plan, const policies::Configuration& configuration,
             std::uint16_t port, std::uint64_t seed, decisions::LogWriter* decisions)
    : plan_(plan),
      configuration_(configuration),
      port_(port),
      seed_(seed),
      decisions_(decisions),
      worker_(configuration, mix(seed, 1), Instant{}, {.log = decisions}),
      control_(configuration, mix(seed, 1), Instant{}, {.log = decisions}) {
  record_.name = plan.name;
  stats_.prefix = configuration.epoch.listeners.front().stat_prefix;
  for (const scenarios::LabEndpoint& endpoint : plan.endpoints) {
    backend_at_[{endpoint.address, endpoint.port}] = static_cast<std::uint32_t>(backends_.size());
    backends_.push_back({.plan = &endpoint,
                         .rules = endpoint.rules,
                         .met = std::vector<std::uint64_t>(endpoint.rules.size()),
                         .connect = endpoint.connect});
  }
}

Record World::run() {
  pump();
  engine_.run(*this, kNever);
  for (Stream& stream : streams_) finish(stream, "aborted");
  for (RequestRecord& request : record_.requests) {
    if (!request.end) request.end = engine_.now();
  }
  return std::move(record_);
}

void World::on_turn_end(std::uint32_t) {
  if (worker_.wants_turn_end()) worker_.on_turn_end(engine_.now());
  if (control_.wants_turn_end()) control_.on_turn_end(engine_.now());
  pump();
}

void World::on_event(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kHead:
      return on_head(exchanges_[event.b]);
    case EventKind::kPiece:
      return on_piece(exchanges_[event.b], event.a, event.flags != 0);
    case EventKind::kRequestEnd:
      return on_piece(exchanges_[event.b], 0, true);
    case EventKind::kClientReset:
      return on_client_reset(exchanges_[event.b]);
    case EventKind::kInterim:
      return record_.requests[exchanges_[event.b].row].interim.push_back(event.small);
    case EventKind::kDoorClosed:
      return on_door_closed(event.b);
    case EventKind::kAnswerHead:
      return on_answer_head(exchanges_[event.b]);
    case EventKind::kAnswerBody:
      return on_answer_body(exchanges_[event.b], event.a, event.flags != 0);
    case EventKind::kAnswerTrailers:
    case EventKind::kAnswerEnd:
      return on_answer_end(exchanges_[event.b]);
    case EventKind::kClientClosed:
      return client_fails(exchanges_[event.b], "closed", false);
    case EventKind::kSyn:
    case EventKind::kAccepted:
    case EventKind::kRefused:
    case EventKind::kSettings:
    case EventKind::kUpClose:
      return on_link(event);
    case EventKind::kClosed:
      return on_closed(event);
    case EventKind::kUpHead:
      streams_[event.b].complete = event.flags != 0;
      return on_up_head(event.b);
    case EventKind::kUpBody:
      return on_up_body(event.b, event.a, event.flags != 0);
    case EventKind::kUpTrailers:
      return on_up_body(event.b, 0, true);
    case EventKind::kUpReset:
      return on_up_gone(event.b);
    case EventKind::kDownInterim:
    case EventKind::kDownHead:
    case EventKind::kDownBody:
    case EventKind::kDownEnd:
    case EventKind::kDownTrailers:
    case EventKind::kDownReset:
      return on_down(event);
    default:
      return on_time(event);
  }
}

/// The lab's timers, the proxy's, and looks.
void World::on_time(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kStep:
      if (step_began_ == kNever) return begin_step();
      if (event.b == step_) next_step();
      return;
    case EventKind::kLane:
      return on_lane(event.b);
    case EventKind::kNextPiece:
      return on_piece_due(exchanges_[event.b]);
    case EventKind::kAbort:
      return client_fails(exchanges_[event.b], "aborted", true);
    case EventKind::kTimeout:
      return exchanges_[event.b].ended ? void()
                                       : client_fails(exchanges_[event.b], "timeout", true);
    case EventKind::kWatch:
      return client_done(exchanges_[event.b]);
    case EventKind::kRespond:
      return on_respond(event.b);
    case EventKind::kRespondBody:
      return on_respond_body(event.b);
    case EventKind::kPoll:
      return on_poll();
    case EventKind::kLook:
      return look();
    case EventKind::kTimer:
      return on_timer(event);
    default:
      return;
  }
}

void World::on_client_reset(const Exchange& exchange) {
  if (exchange.at_proxy) {
    worker_.on_client_reset(exchange.request, engine_.now());
    pump();
  }
  leave(doors_[exchange.door], true);
}

/// Another look of an `until`.
void World::on_poll() {
  looks_ = 0;
  engine_.arm(engine_.now(), make_event(EventKind::kLook, 0, 0, false, 0));
}

void World::on_timer(const Event& event) {
  const auto kind = static_cast<policies::TimerKind>(event.flags);
  if (policies::is_downstreams(kind)) {
    doors_[event.b].downstream.on_timer(kind, engine_.now(), door_commands_);
    carry_out_doors();
  } else if (policies::is_controls(kind)) {
    control_.on_timer(kind, event.b, engine_.now());
  } else {
    worker_.on_timer(kind, event.b, engine_.now());
  }
  pump();
}

/// A connection that ends before a response is terminated; inside an HTTP/1 body it is a protocol
/// error.
void World::on_closed(const Event& event) {
  Link& connection = link(event.b);
  if (!connection.open || static_cast<std::uint16_t>(connection.generation) != event.small) return;
  bool inside = false;
  for (const Stream& stream : streams_) {
    const bool on_it = stream.link == event.b && stream.link_generation == connection.generation;
    inside = inside || (on_it && stream.open && stream.head_seen);
  }
  const bool http2 = backends_[connection.backend].plan->http2;
  close_link(event.b, inside && !http2 ? policies::ResetReason::kProtocolError
                                       : policies::ResetReason::kConnectionTermination);
}

}  // namespace lab

Result<lab::Record> run_lab(const scenarios::LabPlan& plan, const std::string& decision_log) {
  constexpr std::uint64_t kSeed = 1;
  auto bootstrap = config::read_bootstrap(plan.bootstrap);
  if (!bootstrap) return std::unexpected(bootstrap.error());
  if (bootstrap->overload)
    return error("overload_manager has no effect in virtual time",
                 "there are no resources to measure");
  for (const policies::Listener& listener : bootstrap->epoch.listeners) {
    if (listener.tcp)
      return error(fmt::format("listener \"{}\" has a tcp_proxy", listener.name),
                   "squall-proxy serves it; in virtual time there is no TCP");
  }
  const std::uint16_t port = bootstrap->listeners.front().address.port;
  const policies::Configuration configuration(std::move(bootstrap->epoch));
  std::unique_ptr<decisions::LogWriter> log;
  if (!decision_log.empty()) {
    decisions::Start start;
    decisions::Bootstrap& one = *start.add_bootstraps();
    one.set_text(config::to_json(plan.bootstrap).dump());
    one.set_name(plan.name + ".json");
    auto opened = decisions::LogWriter::open(decision_log, start, {.waits = true});
    if (!opened) return std::unexpected(std::move(opened.error()));
    log = *std::move(opened);
  }
  lab::World world(plan, configuration, port, kSeed, log.get());
  return world.run();
}

}  // namespace squall::sim
