// TCP connections through the shell: accepted, read, passed on, closed, logged. A piece is sent in
// the event that brought it; only what a socket does not take is copied.
#include <sys/socket.h>

#include <cerrno>

#include "policies/base/mix.h"
#include "proxy/shell.h"

namespace squall::proxy {

using policies::CloseHow;
using policies::ResetReason;
using policies::TcpSide;

Outlet::State Outlet::send(const Fd& socket, ByteQueue& out, bool& blocked, std::string_view more) {
  bool from_queue = !out.empty();
  while (!blocked && (from_queue || !more.empty())) {
    const std::string_view bytes = from_queue ? out.view() : more;
    const ssize_t count = send_bytes(socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return State::kBroken;
    if (count < 0) {
      blocked = true;
    } else if (from_queue) {
      out.consume(static_cast<std::size_t>(count));
      from_queue = !out.empty();
    } else {
      more.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  if (!more.empty()) out.append(more);
  if (!out.empty()) return State::kOpen;
  if (close) return State::kDone;
  if (end && !shut) ::shutdown(socket.get(), SHUT_WR);
  shut = end;
  return State::kOpen;
}

void Shell::begin_tcp(Fd socket, std::uint32_t listener, const SocketName& peer) {
  TcpSession& session = tcp_sessions_.take();
  session.socket = std::move(socket);
  session.listener = listener;
  session.ends = ends_of(session.socket, peer);
  session.began = now_;
  poller_.watch_connection(
      session.socket,
      {.source = Source::kTcp, .index = session.index, .generation = session.generation});
  const std::uint64_t random = mix(seed_, Purpose::kRoute, ++requests_);
  session.stream_id = StreamId(random);
  session.id = worker_.on_tcp_open(listener, session.ends.peer_address, random, now_);
  if (session.id.index >= tcp_of_.size()) tcp_of_.resize(session.id.index + 1);
  tcp_of_[session.id.index] = session.index;
  settle();
}

void Shell::on_tcp(const Ready& ready) {
  if (ready.token.index >= tcp_sessions_.capacity()) return;
  TcpSession& session = tcp_sessions_[ready.token.index];
  if (!ready.token.is_for(session.generation) || !session.socket) return;
  if (ready.writable && session.blocked) {
    session.blocked = false;
    flush_tcp(session, {});
    if (session.upstream != kNone) worker_.on_tcp_bytes(session.id, TcpSide::kHost, 0, false, now_);
    settle();
  }
  if (ready.readable && ready.token.is_for(session.generation) && session.socket) read_tcp(session);
}

/// Nothing is read before there is somebody to pass it on to. What has ended may still break.
void Shell::read_tcp(TcpSession& session) {
  const Id<TcpSession> id = Slab<TcpSession>::id_of(session);
  session.input_waits = true;
  for (int reads = 0; session.upstream != kNone; ++reads) {
    if (reads == kMostReads) return wake(session);
    if (pause_tcp(session)) return;
    const ssize_t count = receive_bytes(session.socket, scratch_.get(), kScratch);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      session.input_waits = false;
      return;
    }
    if (count < 0) {
      broken_tcp_.push_back(id);
      return settle();
    }
    if (session.ended) return;
    session.ended = count == 0;
    take_tcp(session, TcpSide::kClient, static_cast<std::size_t>(count));
    if (tcp_sessions_.find(id) == nullptr || !session.socket || session.ended) return;
  }
}

/// What has just been read, or the end.
void Shell::take_tcp(TcpSession& session, TcpSide from, std::size_t bytes) {
  TcpTraffic& traffic = doors_[session.listener].traffic;
  if (from == TcpSide::kClient) {
    session.received += bytes;
    traffic.received += bytes;
  }
  tcp_piece_ = {scratch_.get(), bytes};
  worker_.on_tcp_bytes(session.id, from, bytes, bytes == 0, now_);
  settle();
  tcp_piece_ = {};
}

/// Whether the host is so far behind that reading has to wait; it goes on when half is sent.
bool Shell::pause_tcp(TcpSession& session) {
  const std::uint32_t host = worker_.connection(session.upstream).host;
  const policies::Epoch& epoch = configuration_.epoch;
  const std::uint64_t limit = epoch.clusters[epoch.cluster_of_host(host)].buffer_limit_bytes;
  const std::size_t backlog = upstreams_[session.upstream].out.size();
  TcpTraffic& traffic = doors_[session.listener].traffic;
  if (session.paused && backlog <= limit / 2) ++traffic.resumed;
  if (!session.paused && backlog > limit) ++traffic.paused;
  session.paused = backlog > (session.paused ? limit / 2 : limit);
  return session.paused;
}

void Shell::carry_out_tcp(const policies::Command& command) {
  TcpSession& session = tcp_sessions_[tcp_of_[command.subject()]];
  if (command.kind() == policies::CommandKind::kJoin) return join_tcp(session, command.other());
  if (command.kind() == policies::CommandKind::kCloseTcp) return close_tcp(session, command.how());
  pass_tcp(session, command.to(), command.end());
}

void Shell::join_tcp(TcpSession& session, std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  up.session = Slab<TcpSession>::id_of(session);
  up.request = session.id;
  session.upstream = connection;
  wake(session);
}

void Shell::pass_tcp(TcpSession& session, TcpSide to, bool end) {
  const std::string_view piece = tcp_piece_;
  if (to == TcpSide::kHost) {
    if (session.upstream == kNone) return;  // it broke in this event
    upstreams_[session.upstream].outlet.end = end;
    return flush_tcp_upstream(session.upstream, piece);
  }
  session.outlet.end = end;
  session.sent += piece.size();
  doors_[session.listener].traffic.sent += piece.size();
  flush_tcp(session, piece);
}

void Shell::flush_tcp(TcpSession& session, std::string_view more) {
  const Id<TcpSession> id = Slab<TcpSession>::id_of(session);
  switch (session.outlet.send(session.socket, session.out, session.blocked, more)) {
    case Outlet::State::kDone:
      session.socket.close();
      return closed_tcp_.push_back(id);
    case Outlet::State::kBroken:
      return broken_tcp_.push_back(id);
    case Outlet::State::kOpen:
      break;
  }
  if (session.upstream != kNone && upstreams_[session.upstream].input_waits)
    wake_upstream(session.upstream);
}

void Shell::flush_tcp_upstream(std::uint32_t connection, std::string_view more) {
  Upstream& up = upstreams_[connection];
  switch (up.outlet.send(up.socket, up.out, up.blocked, more)) {
    case Outlet::State::kDone:
      close_upstream(up);
      return ended_connections_.push_back(
          {{connection, up.generation}, ResetReason::kConnectionTermination});
    case Outlet::State::kBroken: {
      const bool reset = errno == ECONNRESET;
      close_upstream(up);
      return ended_connections_.push_back(
          {{connection, up.generation},
           reset ? ResetReason::kRemoteReset : ResetReason::kConnectionTermination});
    }
    case Outlet::State::kOpen:
      break;
  }
  TcpSession* const session = tcp_sessions_.find(up.session);
  if (session != nullptr && session->input_waits) wake(*session);
}

/// A host's socket of TCP takes more.
void Shell::on_tcp_upstream_writable(std::uint32_t connection) {
  const policies::RequestId request = upstreams_[connection].request;
  flush_tcp_upstream(connection, {});
  worker_.on_tcp_bytes(request, TcpSide::kClient, 0, false, now_);
  settle();
}

void Shell::read_tcp_upstream(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  const std::uint32_t generation = up.generation;
  up.input_waits = true;
  for (int reads = 0; up.open() && up.generation == generation; ++reads) {
    if (reads == kMostReads) return wake_upstream(connection);
    TcpSession* session = tcp_sessions_.find(up.session);
    if (session != nullptr && pause_host(*session)) return;
    const ssize_t count = receive_bytes(up.socket, scratch_.get(), kScratch);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      up.input_waits = false;
      return;
    }
    const bool reset = count < 0 && errno == ECONNRESET;
    if (count == 0 && up.ended) return;
    if (count < 0 || session == nullptr)  // or nobody is there whom it could be for
      return break_upstream(connection,
                            reset ? ResetReason::kRemoteReset : ResetReason::kConnectionTermination,
                            false);
    up.ended = count == 0;
    take_tcp(*session, TcpSide::kHost, static_cast<std::size_t>(count));
    if (up.ended) return;
  }
}

/// Likewise for what the client has not taken yet.
bool Shell::pause_host(TcpSession& session) {
  const std::uint64_t limit = configuration_.epoch.listeners[session.listener].buffer_limit_bytes;
  const std::size_t backlog = session.out.size();
  session.host_paused = backlog > (session.host_paused ? limit / 2 : limit);
  return session.host_paused;
}

/// Ends that were met on the way become events; false: there was none. A host's come first, so
/// that a client that leaves in the same turn leaves nothing behind.
bool Shell::settle_tcp() {
  if (!ended_connections_.empty()) {
    const FailedConnect ended = ended_connections_.front();
    ended_connections_.pop_front();
    worker_.on_closed(ended.id, ended.why, now_);
    return true;
  }
  std::deque<Id<TcpSession>>& list = broken_tcp_.empty() ? closed_tcp_ : broken_tcp_;
  if (list.empty()) return false;
  const bool broken = !broken_tcp_.empty();
  const TcpSession* session = tcp_sessions_.find(list.front());
  list.pop_front();
  if (session != nullptr) worker_.on_tcp_closed(session->id, broken, now_);
  return true;
}

void Shell::close_tcp(TcpSession& session, CloseHow how) {
  if (how == CloseHow::kReset) return reset(session.socket);
  if (how == CloseHow::kAtOnce) return session.socket.close();
  session.outlet.close = true;
  if (session.socket && !session.blocked) flush_tcp(session, {});
}

/// The client's connection is over; what its host has not been sent goes out after it.
void Shell::log_tcp(std::uint32_t request) {
  TcpSession& session = tcp_sessions_[tcp_of_[request]];
  const policies::Request& record = worker_.request(request);
  Door& door = doors_[session.listener];
  session.socket.close();
  if (record.live > 0 && session.upstream != kNone) {
    upstreams_[session.upstream].flushes_for = session.listener;
    ++door.traffic.flushes;
    ++door.traffic.flushing;
  }
  if (!door.logs.empty()) {
    const std::string flags = policies::to_string(record.outcome.flags);
    const policies::Epoch& epoch = configuration_.epoch;
    LoggedRequest line;
    line.request = &no_head_;
    line.tcp = true;
    line.flags = flags;
    const policies::HostConfig* const host =
        record.last_host != kNone ? &epoch.host(record.last_host) : nullptr;
    log_texts_.clear();
    line.transport_failure = policies::to_text(record.outcome.connect_error, host, log_texts_);
    line.attempts = record.attempt_count;
    if (record.cluster != kNone) line.cluster = epoch.clusters[record.cluster].name;
    if (host != nullptr) line.upstream_host = host_texts_[record.last_host];
    line.ends = &session.ends;
    line.stream_id = session.stream_id.text();
    line.bytes_received = session.received;
    line.bytes_sent = session.sent;
    line.start_unix_ns = clock_.unix_ns(session.began);
    line.total = now_ - session.began;
    write_lines(door, line);
  }
  tcp_sessions_.give_back(session);
}

}  // namespace squall::proxy
