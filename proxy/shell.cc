#include "proxy/shell.h"

#include <unistd.h>

#include <utility>

namespace squall::proxy {

using policies::Command;
using policies::CommandKind;
using policies::TimerKind;
using namespace std::chrono_literals;

void Shell::run(const Fd& stop, const Fd& reopen) {
  poller_.watch(stop, {.source = Source::kSignal});
  if (reopen) poller_.watch(reopen, {.source = Source::kReopen});
  reopen_ = reopen.get();
  now_ = clock_.now();
  settle();  // the first health checks
  if (overload_.configured())
    timers_.arm(static_cast<std::uint8_t>(ShellTimer::kOverload), 0,
                now_ + overload_.refresh_interval());
  if (decisions_) flush_decisions();
  while (!stopping_) turn();
  stop_all();
}

/// What is ready and what has been woken, the end of the turn, timers, output.
void Shell::turn() {
  const Instant before = clock_.now();
  const bool awake = !woken_clients_.empty() || !woken_upstreams_.empty() || !woken_tcp_.empty() ||
                     prober_.awake();
  const std::span<const Ready> ready = poller_.wait(before, awake ? before : timers_.next());
  now_ = clock_.now();
  for (const Ready& one : ready) dispatch(one);
  resume_woken();
  end_turn();
  fire_timers();
  while (!dirty_clients_.empty() || !dirty_upstreams_.empty()) {
    flush_dirty();
    end_turn();
  }
  give_back_ended();
}

/// What ended in this turn, now that nobody is inside it any more.
void Shell::give_back_ended() {
  closed_http2_.clear();
  for (const std::uint32_t index : ended_streams_) clients_.give_back(clients_[index]);
  ended_streams_.clear();
}

void Shell::dispatch(const Ready& ready) {
  switch (ready.token.source) {
    case Source::kSignal:
      stopping_ = true;
      return;
    case Source::kReopen:
      return reopen_logs();
    case Source::kListener:
      return accept_clients(ready.token.index);
    case Source::kClient:
      return on_client(ready);
    case Source::kUpstream:
      return on_upstream(ready);
    case Source::kTcp:
      return on_tcp(ready);
    case Source::kProbe:
      prober_.on_ready(ready, now_);
      return settle();
    case Source::kAdminListener:
    case Source::kAdmin:
      return show_admin(ready);
  }
}

/// Carries out what the machines command, until there is nothing; failures met on the way are
/// events that follow.
void Shell::settle() {
  for (;;) {
    if (worker_.has_command()) {
      carry_out(worker_.next_command());
    } else if (control_.has_command()) {
      carry_out_control(control_.next_command());
    } else if (!follow_ups_.empty()) {
      const FollowUp next = follow_ups_.front();
      follow_ups_.pop_front();
      std::visit([this](const auto& one) { follow(one); }, next);
    } else if (!settle_tcp() && !prober_.take_failed(now_)) {
      break;
    }
  }
  if (control_.has_events()) {
    event_log_.write(control_, clock_.unix_ns(Instant{}));
    control_.clear_events();
  }
  if (!listening_ && control_.ready()) stopping_ = !listen();
}

void Shell::end_turn() {
  while (worker_.wants_turn_end() || control_.wants_turn_end()) {
    if (worker_.wants_turn_end()) worker_.on_turn_end(now_);
    if (control_.wants_turn_end()) control_.on_turn_end(now_);
    settle();
  }
}

void Shell::fire_timers() {
  while (const auto due = timers_.take_due(now_)) {
    if (due->kind == static_cast<std::uint8_t>(ShellTimer::kDelayedClose)) {
      ++doors_[clients_[due->owner].listener].stats.late_closes;
      close_client(clients_[due->owner]);
    } else if (due->kind == static_cast<std::uint8_t>(ShellTimer::kLogFlush)) {
      flush_logs();
    } else if (due->kind == static_cast<std::uint8_t>(ShellTimer::kOverload)) {
      measure_overload();
    } else if (due->kind == static_cast<std::uint8_t>(ShellTimer::kDecisionFlush)) {
      flush_decisions();
    } else if (due->kind > static_cast<std::uint8_t>(ShellTimer::kDecisionFlush)) {
      fire_ping(static_cast<ShellTimer>(due->kind), due->owner);
    } else if (const auto kind = static_cast<TimerKind>(due->kind);
               policies::is_downstreams(kind)) {
      clients_[due->owner].downstream.on_timer(kind, now_, client_commands_);
      carry_out_clients();
    } else if (policies::is_controls(kind)) {
      control_.on_timer(kind, due->owner, now_);
    } else {
      worker_.on_timer(kind, due->owner, now_);
    }
    settle();
    end_turn();
  }
}

void Shell::cut(Client& client) {
  client.end = Client::End::kCut;
  mark_dirty(client);
}

void Shell::carry_out(const Command& command) {
  switch (command.kind()) {
    case CommandKind::kAnswer:
      return answer(client_of(command.subject()), command.subject());
    case CommandKind::kForwardHead:
      return forward_head(client_of(command.subject()), command.subject(), command.other(),
                          command.end());
    case CommandKind::kForwardBody:
      return forward_body(client_of(command.subject()), command.other(), command.end());
    case CommandKind::kHoldBody:
      return hold_body(client_of(command.subject()), command);
    case CommandKind::kSendHeld:
      return send_held(client_of(command.subject()), command.number(), command.end());
    case CommandKind::kResetClient:
      return cut(client_of(command.subject()));
    case CommandKind::kMirror:
      return mirror(command.subject(), command.other());
    case CommandKind::kMirrorBody:
      client_of(command.subject()).kept.append(client_of(command.other()).piece);
      return;
    case CommandKind::kLog:
      return log(command.subject());
    case CommandKind::kStart:
      return start(command.subject(), command.other(), command.end());
    case CommandKind::kSendBody:
      return send_body(command.subject(), command.replay(), command.end());
    case CommandKind::kSendTrailers:
      return send_trailers(command.subject());
    case CommandKind::kForwardTrailers:
      return forward_trailers(client_of(command.subject()), command.other());
    case CommandKind::kReset:
      return reset_attempt(command.subject());
    case CommandKind::kKeep:
      client_of(command.subject()).keeping = true;
      client_of(command.subject()).keep_limit = command.number();
      return;
    case CommandKind::kRelease:
      return release_body(client_of(command.subject()));
    case CommandKind::kOpen:
      return open_upstream(command.subject(), command.other());
    case CommandKind::kClose:
      return close_upstream(command.subject(), command.how());
    case CommandKind::kArm:
      return timers_.arm(static_cast<std::uint8_t>(command.timer()), command.subject(),
                         command.deadline());
    case CommandKind::kCancel:
      return timers_.cancel(static_cast<std::uint8_t>(command.timer()), command.subject());
    case CommandKind::kHostResult:
      return control_.on_host_result(command.cluster(), command.subject(), command.result(),
                                     command.code(), now_);
    case CommandKind::kSetHealth:     // Control's
    case CommandKind::kRefuseClient:  // a Downstream's
    case CommandKind::kGoAway:
    case CommandKind::kCloseClient:
    case CommandKind::kPublish:
      return;
    case CommandKind::kRedirect:
      follow_ups_.emplace_back(Redirected{worker_.request_id(command.subject()), command.other()});
      return;
    case CommandKind::kJoin:
    case CommandKind::kPass:
    case CommandKind::kCloseTcp:
      return carry_out_tcp(command);
    case CommandKind::kSendCheck:
      return prober_.send(command.subject());
    case CommandKind::kEndCheck:
      return prober_.end(command.subject(), command.end());
  }
}

void Shell::carry_out_clients() {
  while (!client_commands_.empty()) carry_out_client(client_commands_.pop());
}

/// What a Downstream commands; none of it brings an event by itself.
void Shell::carry_out_client(const Command& command) {
  Client& client = clients_[command.subject()];
  switch (command.kind()) {
    case CommandKind::kRefuseClient:
      doors_[client.listener].stats.on_late(static_cast<policies::Details>(command.number()));
      client.received.clear();
      client.began = client.downstream.began();
      client.bytes_received = client.bytes_sent = 0;
      client.response_began = client.close_after = false;
      return refuse(client, too_late(static_cast<policies::Details>(command.number())));
    case CommandKind::kGoAway:
      client.http2->go_away(command.end());
      return mark_dirty(client);
    case CommandKind::kCloseClient:
      if (client.end != Client::End::kNone) return;
      client.end = command.end() ? Client::End::kClose : Client::End::kCut;
      return mark_dirty(client);
    default:
      return carry_out(command);
  }
}

void Shell::carry_out_control(const Command& command) {
  if (command.kind() == CommandKind::kSetHealth) {
    if (command.end()) worker_.on_host_drain(command.subject(), now_);
  } else if (command.kind() == CommandKind::kPublish) {
    worker_.on_host_health(command.subject(), control_.published(command.subject()));
  } else {
    carry_out(command);
  }
}

Upstream& Shell::upstream(std::uint32_t connection) {
  if (connection >= upstreams_.size()) upstreams_.resize(connection + 1);
  return upstreams_[connection];
}

void Shell::mark_dirty(Client& client) {
  if (client.is_stream()) return mark_dirty(clients_[client.connection]);
  if (!client.dirty) dirty_clients_.push_back(Slab<Client>::id_of(client));
  client.dirty = true;
}

void Shell::mark_dirty(std::uint32_t connection) {
  if (!upstreams_[connection].dirty) dirty_upstreams_.push_back(connection);
  upstreams_[connection].dirty = true;
}

/// Looks again at what a client has sent, in the next turn.
void Shell::wake(Client& client) { woken_clients_.push_back(Slab<Client>::id_of(client)); }

// Once a turn, however often it is asked for: each turn reads a part.

void Shell::wake(TcpSession& session) {
  if (!std::exchange(session.woken, true)) woken_tcp_.push_back(Slab<TcpSession>::id_of(session));
}

void Shell::wake_upstream(std::uint32_t connection) {
  if (!std::exchange(upstreams_[connection].woken, true)) woken_upstreams_.push_back(connection);
}

/// A connection that breaks while it is written to may make others dirty: they have their own
/// round.
void Shell::flush_dirty() {
  std::swap(dirty_upstreams_, upstreams_now_);
  for (const std::uint32_t connection : upstreams_now_) flush(connection);
  upstreams_now_.clear();
  std::swap(dirty_clients_, clients_now_);
  for (const Id<Client> id : clients_now_) {
    if (Client* client = clients_.find(id)) flush(*client);
  }
  clients_now_.clear();
}

void Shell::resume_woken() {
  if (prober_.awake()) {
    prober_.resume(now_);
    settle();
  }
  std::swap(woken_upstreams_, upstreams_now_);
  for (const std::uint32_t connection : upstreams_now_) {
    upstream(connection).woken = false;
    if (upstream(connection).input_waits) read_upstream(connection);
  }
  upstreams_now_.clear();
  std::swap(woken_tcp_, tcp_now_);
  for (const Id<TcpSession> id : tcp_now_) {
    TcpSession* session = tcp_sessions_.find(id);
    if (session == nullptr) continue;
    session->woken = false;
    if (session->socket && session->input_waits) read_tcp(*session);
  }
  tcp_now_.clear();
  std::swap(woken_clients_, clients_now_);
  for (const Id<Client> id : clients_now_) {
    Client* client = clients_.find(id);
    if (client != nullptr && client->is_stream()) {
      release_credit(*client);
      continue;
    }
    if (client != nullptr) take_client_bytes(*client, {});
    client = clients_.find(id);
    if (client != nullptr && client->input_waits) read_client(*client);
  }
  clients_now_.clear();
}

/// Requests under way are logged as they stand.
void Shell::stop_all() {
  for (std::uint32_t i = 0; i < clients_.capacity(); ++i) {
    Client& client = clients_[i];
    if (client.index != kNone && client.at_worker) worker_.on_client_reset(client.request, now_);
    settle();
  }
  for (std::uint32_t i = 0; i < tcp_sessions_.capacity(); ++i) {
    if (tcp_sessions_[i].index != kNone) worker_.on_tcp_closed(tcp_sessions_[i].id, true, now_);
    settle();
  }
  flush_logs();
  if (decisions_) decisions_->catch_up();
}

/// At least once a second.
void Shell::flush_decisions() {
  decisions_->flush();
  timers_.arm(static_cast<std::uint8_t>(ShellTimer::kDecisionFlush), 0, now_ + 1s);
}

/// Several signals are as good as one: all that wait are read.
void Shell::reopen_logs() {
  char signals[1024];
  while (::read(reopen_, signals, sizeof signals) > 0) {
  }
  for (Door& door : doors_) {
    for (AccessLog& log : door.logs) log.reopen();
  }
}

void Shell::flush_logs() {
  log_flush_armed_ = false;
  for (Door& door : doors_) {
    for (AccessLog& log : door.logs) log.flush();
  }
}

void Shell::write_lines(Door& door, const LoggedRequest& record) {
  for (AccessLog& log : door.logs) log.write(record);
  if (log_flush_armed_) return;
  log_flush_armed_ = true;
  timers_.arm(static_cast<std::uint8_t>(ShellTimer::kLogFlush), 0, now_ + 1s);
}

}  // namespace squall::proxy
