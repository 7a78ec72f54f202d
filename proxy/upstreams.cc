// The hosts' side of the shell: connections made, responses taken off them, output sent.
#include <cerrno>
#include <cstring>

#include "policies/repeated_headers.h"
#include "proxy/shell.h"

namespace squall::proxy {

using policies::ResetReason;

void Shell::open_upstream(std::uint32_t connection, std::uint32_t host) {
  Upstream& up = upstream(connection);
  up.generation = worker_.connection(connection).generation;
  up.in.clear();
  up.out.clear();
  up.scanner.reset();
  up.attempt = {};
  up.head_read = up.input_waits = up.woken = false;
  up.connecting = up.blocked = true;
  up.tcp = worker_.connection(connection).pool == policies::PoolKind::kTcp;
  up.ended = false;
  up.session = {};
  up.request = {};
  up.outlet = {};
  timers_.cancel(static_cast<std::uint8_t>(ShellTimer::kHostPing), connection);
  timers_.cancel(static_cast<std::uint8_t>(ShellTimer::kHostPong), connection);
  const policies::Epoch& epoch = configuration_.epoch;
  if (!up.tcp && epoch.clusters[epoch.cluster_of_host(host)].protocol == policies::Protocol::kHttp2)
    start_http2(up);
  up.socket = begin_connect(host_names_[host]);
  if (!up.open()) {
    const int error = errno;
    const bool ours = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    FailedConnect failed{
        .id = worker_.connection_id(connection),
        .why = ours ? ResetReason::kLocalConnectionFailure : ResetReason::kRemoteConnectionFailure};
    if (!ours) failed.error = {.number = static_cast<std::uint16_t>(error), .immediate = true};
    follow_ups_.emplace_back(failed);
    return;
  }
  poller_.watch_connection(
      up.socket, {.source = Source::kUpstream, .index = connection, .generation = up.generation});
}

void Shell::follow(const FailedConnect& failed) {
  worker_.on_connect_failed(failed.id, failed.why, failed.error, now_);
}

void Shell::close_upstream(Upstream& up) {
  up.socket.close();
  if (up.http2) closed_http2_.push_back(std::move(up.http2));
  up.attempt = {};
  if (TcpSession* session = tcp_sessions_.find(up.session)) session->upstream = kNone;
  up.session = {};
  if (up.flushes_for != kNone) --doors_[up.flushes_for].traffic.flushing;
  up.flushes_for = kNone;
}

/// As the worker commands. Only TCP's are closed when all is sent, or by a reset.
void Shell::close_upstream(std::uint32_t connection, policies::CloseHow how) {
  Upstream& up = upstream(connection);
  if (how == policies::CloseHow::kWhenSent) {
    up.outlet.close = true;
    if (up.open() && !up.blocked) flush_tcp_upstream(connection, {});
    return;
  }
  if (how == policies::CloseHow::kReset) reset(up.socket);
  close_upstream(up);
}

void Shell::on_upstream(const Ready& ready) {
  const std::uint32_t connection = ready.token.index;
  if (connection >= upstreams_.size()) return;
  Upstream& up = upstreams_[connection];
  if (!ready.token.is_for(up.generation) || !up.open()) return;
  if (up.connecting) {
    if (!ready.writable) return;
    const policies::ConnectionId id{connection, up.generation};
    up.connecting = up.blocked = false;
    if (const int error = connect_error(up.socket); error != 0) {
      close_upstream(up);
      worker_.on_connect_failed(id, ResetReason::kRemoteConnectionFailure,
                                {.number = static_cast<std::uint16_t>(error)}, now_);
    } else {
      up.local_name = name_of(up.socket).text();
      if (up.http2) {
        pinger_.begin(pinged(connection), now_);
        mark_dirty(connection);
      }
      worker_.on_connected(id, now_);
    }
    settle();
  } else if (ready.writable && up.blocked) {
    up.blocked = false;
    up.tcp ? on_tcp_upstream_writable(connection) : flush(connection);
  }
  if (ready.readable && up.open() && ready.token.is_for(up.generation)) read_upstream(connection);
}

void Shell::read_upstream(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  if (up.tcp) return read_tcp_upstream(connection);
  const std::uint32_t generation = up.generation;
  up.input_waits = true;
  for (int reads = 0; up.open() && up.generation == generation; ++reads) {
    if (reads == kMostReads) return wake_upstream(connection);
    if (up.busy() && up.head_read) {  // its client may be slower
      const Client& client = client_of(worker_.attempt(up.attempt.index).request);
      const policies::Listener& listener = configuration_.epoch.listeners[client.listener];
      if (backlog(client) > listener.buffer_limit_bytes) return;
    }
    const ssize_t count = receive_bytes(up.socket, scratch_.get(), kScratch);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      up.input_waits = false;
      return;
    }
    if (count <= 0) return upstream_ended(connection);
    take_upstream_bytes(connection, {scratch_.get(), static_cast<std::size_t>(count)});
  }
}

void Shell::take_upstream_bytes(std::uint32_t connection, std::string_view bytes) {
  Upstream& up = upstreams_[connection];
  if (up.http2) return take_upstream_frames(connection, bytes);
  const std::uint32_t generation = up.generation;
  while (!bytes.empty() && up.open() && up.generation == generation) {
    if (!up.busy())  // nothing was asked
      return break_upstream(connection, ResetReason::kConnectionTermination, true);
    const bool well = up.head_read ? take_response_body(up, bytes) : take_response_head(up, bytes);
    if (!well) return break_upstream(connection, ResetReason::kProtocolError, true);
  }
}

/// Takes a head off `bytes`, or all of them when there is more to come; false: it is none.
bool Shell::take_response_head(Upstream& up, std::string_view& bytes) {
  std::string_view all = bytes;
  const std::size_t before = up.in.size();
  if (before > 0) {
    up.in.append(bytes);
    all = up.in.view();
  }
  if (!all.starts_with('H')) return false;
  HeadError error{};
  const std::size_t size = up.scanner.find_end(all, error, kMostAnswerHeadBytes);
  if (error != HeadError::kNone) return false;
  if (size == 0) {
    if (before == 0) up.in.append(bytes);
    bytes = {};
    return true;
  }
  up.head_text.clear();
  char* const head = up.head_text.room(size);
  std::memcpy(head, all.data(), size);
  bytes.remove_prefix(size - before);
  up.in.clear();
  if (read_response_head({head, size}, up.to_head, up.head) != HeadError::kNone) return false;
  if (up.head.status == 101) return false;
  policies::join_repeated(policies::HeadOf::kResponse, up.head.headers, up.head_text);
  if (up.head.status < 200) {  // not the answer yet
    worker_.on_response(up.attempt, {.status = up.head.status, .headers = {}}, false, now_);
    settle();
    return true;
  }
  up.head_read = true;
  up.body.start(up.head.framing);
  const bool end = up.head.framing.body == BodyKind::kNone;
  const policies::AttemptId attempt = up.attempt;
  worker_.on_response(attempt,
                      {.status = up.head.status,
                       .headers = up.head.headers,
                       .closes_connection = !up.head.framing.keep_alive},
                      end, now_);
  if (end) up.attempt = {};
  settle();
  return true;
}

bool Shell::take_response_body(Upstream& up, std::string_view& bytes) {
  const BodyReader::Piece piece = up.body.read(bytes);
  if (piece.state == BodyReader::State::kError) return false;
  bytes.remove_prefix(piece.consumed);
  const bool end = piece.state == BodyReader::State::kEnd;
  if (piece.data.empty() && !end) return true;
  up.piece = piece.data;
  worker_.on_response_body(up.attempt, piece.data.size(), end, now_);
  if (end) up.attempt = {};
  settle();
  up.piece = {};
  return true;
}

/// The worker has given it up.
void Shell::reset_attempt(std::uint32_t attempt) {
  if (stream_of_[attempt] != nullptr) return reset_stream(attempt);
  upstream(upstream_of_[attempt]).attempt = {};
}

/// The host has closed the connection, or it broke.
void Shell::upstream_ended(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  const bool in_head = up.busy() && !up.head_read && !up.in.empty();
  if (!in_head && (up.http2 || !up.busy() || !up.head_read))
    return break_upstream(connection, ResetReason::kConnectionTermination, false);
  if (in_head || up.head.framing.body != BodyKind::kUntilClose)
    return break_upstream(connection, ResetReason::kProtocolError, false);
  const policies::AttemptId attempt = up.attempt;
  up.attempt = {};
  up.piece = {};
  worker_.on_response_body(attempt, 0, true, now_);
  settle();
}

void Shell::break_upstream(std::uint32_t connection, ResetReason why, bool by_us) {
  Upstream& up = upstreams_[connection];
  close_upstream(up);
  worker_.on_closed({connection, up.generation}, why, now_, by_us);
  settle();
}

void Shell::flush(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  up.dirty = false;
  if (!up.open()) return;
  if (up.http2) return flush_frames(connection);
  while (!up.out.empty() && !up.blocked) {
    const std::string_view bytes = up.out.view();
    const ssize_t count = send_bytes(up.socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {  // full; or broken, which the next read tells, after what was answered
      up.blocked = true;
      break;
    }
    up.out.consume(static_cast<std::size_t>(count));
    if (!up.busy()) continue;
    if (!up.told_first_byte) worker_.on_first_byte_sent(up.attempt);
    up.told_first_byte = true;
  }
  if (!up.busy()) return;
  Client& client = client_of(worker_.attempt(up.attempt.index).request);
  if (client.input_waits) wake(client);
}

}  // namespace squall::proxy
