// The hosts' side of HTTP/2: attempts as streams of one connection.
#include <cerrno>

#include "policies/repeated_headers.h"
#include "proxy/shell.h"

namespace squall::proxy {

using policies::AttemptId;
using policies::ResetReason;

namespace {

// Many clients share a connection to a host, and a slow one withholds at most its stream's window.
constexpr std::uint32_t kConnectionWindow = 16 * 1024 * 1024;

std::uint64_t tag_of(AttemptId id) { return std::uint64_t{id.generation} << 32 | id.index; }
AttemptId attempt_in(const Http2Stream& stream) {
  return {static_cast<std::uint32_t>(stream.tag), static_cast<std::uint32_t>(stream.tag >> 32)};
}

/// Why a stream ended too early, as Envoy takes HTTP/2's codes.
ResetReason reason_of(const Http2Stream& stream, std::uint32_t code) {
  constexpr std::uint32_t kConnectErrorCode = 10;
  const bool oversized =
      stream.fault == Http2Fault::kManyFields || stream.fault == Http2Fault::kLargeHead;
  if (oversized) return ResetReason::kRemoteReset;
  if (stream.refused || code == static_cast<std::uint32_t>(Http2Code::kRefusedStream))
    return ResetReason::kRemoteRefusedStream;
  if (stream.fault != Http2Fault::kNone ||
      code == static_cast<std::uint32_t>(Http2Code::kProtocolError))
    return ResetReason::kProtocolError;
  return code == kConnectErrorCode ? ResetReason::kConnectError : ResetReason::kRemoteReset;
}

}  // namespace

void Shell::start_http2(Upstream& up) {
  Http2Limits limits;
  limits.connection_window = kConnectionWindow;
  up.http2 = std::make_unique<Http2>(Http2::Role::kClient, limits);
}

void Shell::take_upstream_frames(std::uint32_t connection, std::string_view bytes) {
  Upstream& up = upstreams_[connection];
  const std::uint32_t generation = up.generation;
  const bool good = up.http2->receive(bytes);
  pinger_.on_heard(pinged(connection), now_);
  take_upstream_events(connection);
  if (!up.open() || up.generation != generation) return;
  if (!good) return break_upstream(connection, ResetReason::kProtocolError, true);
  mark_dirty(connection);
}

void Shell::take_upstream_events(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  const std::uint32_t generation = up.generation;
  while (up.open() && up.generation == generation) {
    const auto event = up.http2->next_event();
    if (!event) return;
    take_upstream_event(connection, *event);
  }
}

void Shell::take_upstream_event(std::uint32_t connection, const Http2Event& event) {
  using Kind = Http2Event::Kind;
  Upstream& up = upstreams_[connection];
  const policies::ConnectionId id{connection, up.generation};
  if (event.kind == Kind::kSettings) {
    worker_.on_settings(id, event.code, now_);
    return settle();
  }
  if (event.kind == Kind::kGoAway) {
    worker_.on_goaway(id, now_);
    return settle();
  }
  if (event.kind == Kind::kPong) return pinger_.on_pong(pinged(connection), now_);
  if (event.stream->tag != Http2Stream::kNoTag) return take_attempt_event(up, event);
  if (event.kind == Kind::kData) up.http2->consume(*event.stream, event.data.size());
}

void Shell::take_attempt_event(Upstream& up, const Http2Event& event) {
  using Kind = Http2Event::Kind;
  Http2Stream& stream = *event.stream;
  const AttemptId attempt = attempt_in(stream);
  stream.withheld += event.data.size();
  if (event.end || event.kind == Kind::kClosed) let_go(up, stream);
  switch (event.kind) {
    case Kind::kHead:
      policies::join_repeated(policies::HeadOf::kResponse, stream.head.headers, stream.head.text);
      worker_.on_response(attempt, {.status = stream.status, .headers = stream.head.headers},
                          event.end, now_);
      break;
    case Kind::kInterim:
      worker_.on_response(
          attempt, {.status = static_cast<std::uint16_t>(event.code), .headers = {}}, false, now_);
      break;
    case Kind::kData:
      up.piece = event.data;
      worker_.on_response_body(attempt, event.data.size(), event.end, now_);
      break;
    case Kind::kTrailers:
      worker_.on_response_trailers(attempt, stream.trailers.headers, now_);
      break;
    case Kind::kClosed:
      stream_of_[attempt.index] = nullptr;
      worker_.on_stream_reset(attempt, reason_of(stream, event.code), now_);
      break;
    case Kind::kSent:
      return worker_.on_first_byte_sent(attempt);
    case Kind::kDrained: {
      Client& client = client_of(worker_.attempt(attempt.index).request);
      if (client.input_waits) wake(client);
      return;
    }
    default:
      return;
  }
  settle();
  if (event.end && stream_of_[attempt.index] == &stream) stream_of_[attempt.index] = nullptr;
  if (event.kind == Kind::kData && stream.tag != Http2Stream::kNoTag)
    resume_source(client_of(worker_.attempt(attempt.index).request));
}

/// Nobody asks for what comes on the stream any more.
void Shell::let_go(Upstream& up, Http2Stream& stream) {
  up.http2->consume(stream, stream.withheld);
  stream.withheld = 0;
  stream.tag = Http2Stream::kNoTag;
}

void Shell::start_stream(std::uint32_t attempt, std::uint32_t connection, bool end) {
  Upstream& up = upstreams_[connection];
  const Client& client = client_of(worker_.attempt(attempt).request);
  policies::upstream_request(worker_, attempt, client.received, edits_, sending_);
  if (client.framing.body != BodyKind::kLength)
    policies::remove_field(sending_.headers, "content-length");
  const AttemptId id = worker_.attempt_id(attempt);
  const Pinged pings = pinged(connection);
  if (policies::pings_before_stream(pings.config, pings.pings, now_)) pinger_.ping(pings, now_);
  stream_of_[attempt] = up.http2->open(sending_, end, tag_of(id));
  if (stream_of_[attempt] == nullptr)
    follow_ups_.emplace_back(FailedStart{{connection, up.generation}, id});
  mark_dirty(connection);
}

void Shell::follow(const FailedStart& failed) {
  worker_.on_goaway(failed.connection, now_);
  worker_.on_stream_reset(failed.attempt, policies::ResetReason::kRemoteRefusedStream, now_);
}

void Shell::reset_stream(std::uint32_t attempt) {
  Upstream& up = upstreams_[upstream_of_[attempt]];
  Http2Stream& stream = *std::exchange(stream_of_[attempt], nullptr);
  let_go(up, stream);
  up.http2->reset(stream, Http2Code::kCancel);
  mark_dirty(upstream_of_[attempt]);
}

void Shell::flush_frames(std::uint32_t connection) {
  Upstream& up = upstreams_[connection];
  if (up.connecting) return;
  const std::uint32_t generation = up.generation;
  for (;;) {
    up.http2->produce(up.out, kFramesAtOnce);
    if (up.out.empty() || up.blocked) break;
    const std::string_view bytes = up.out.view();
    const ssize_t count = send_bytes(up.socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {  // full; or broken, which the next read tells
      up.blocked = true;
      break;
    }
    up.out.consume(static_cast<std::size_t>(count));
  }
  take_upstream_events(connection);
  if (!up.open() || up.generation != generation) return;
  if (up.http2->failed()) break_upstream(connection, ResetReason::kProtocolError, true);
}

}  // namespace squall::proxy
