// The clients' side of HTTP/2: connections that turn out to speak it, and their streams.
//
// A stream is a Client of its own, so that what a request is to the worker and to the access log
// does not depend on its protocol.
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "proxy/shell.h"

namespace squall::proxy {

using policies::HeaderField;

namespace {

/// The streams' slots by their tags.
std::uint32_t client_in(const Http2Stream& stream) {
  return static_cast<std::uint32_t>(stream.tag);
}

/// Host stands in for an authority that there is not; it is no header behind us.
void take_host(policies::KeptRequest& request) {
  const auto host = policies::find_header(request.headers, "host");
  if (!host) return;
  if (request.authority.empty()) request.authority = *host;
  policies::remove_field(request.headers, "host");
}

Framing framing_of(const Http2Stream& stream, policies::KeptRequest& request, bool end) {
  Framing framing;
  if (!end) {
    framing.body = stream.length ? BodyKind::kLength : BodyKind::kChunked;
    framing.length = stream.length.value_or(0);
  }
  const auto expect = policies::find_header(request.headers, "expect");
  if (expect && policies::equal_text(*expect, "100-continue", true)) {
    framing.expects_continue = true;
    policies::remove_field(request.headers, "expect");
  }
  return framing;
}

/// Why a stream ended before its response, as Envoy's codec tells it; without details: the client
/// has reset it and says no more.
policies::Refusal end_of(const Http2Stream& stream, std::uint32_t code) {
  const auto ended = [](std::string_view flag, std::string_view details) {
    return policies::Refusal{.status = 0, .flag = flag, .details = details, .body = {}};
  };
  switch (stream.fault) {
    case Http2Fault::kNone:
      break;
    case Http2Fault::kField:
      return ended("DPE", "http2.invalid.header.field");
    case Http2Fault::kMessage:
      return ended("DPE", "http2.violation.of.messaging.rule");
    case Http2Fault::kManyFields:
      return ended("DR", "http2.too_many_headers");
    case Http2Fault::kLargeHead:
      return ended("DR", "http2.header_list_size_too_large");
    case Http2Fault::kFrame:
      return ended("DPE", "http2.unknown.nghttp2.error");
  }
  if (code == static_cast<std::uint32_t>(Http2Code::kProtocolError))
    return ended("DPE", "http2.remote_reset");
  if (code == static_cast<std::uint32_t>(Http2Code::kRefusedStream))
    return ended("DR", "http2.remote_refuse");
  return {};
}

/// Of a stream whose client went before its head was whole.
constexpr policies::Refusal kLeft{
    .status = 0, .flag = "DC", .details = "downstream_remote_disconnect", .body = {}};
/// Of the streams of a connection that broke the protocol. The words are nghttp2's for it.
constexpr policies::Refusal kBrokenConnection{
    .status = 0,
    .flag = "DPE",
    .details = "codec_error:The_user_callback_function_failed",
    .body = {}};

}  // namespace

void Client::reset() {
  socket.close();
  codec = Codec::kUnknown;
  http2.reset();
  pings = {};
  connection = kNone;
  stream = nullptr;
  downstream = {};
  listener = 0;
  state = State::kHead;
  end = End::kNone;
  blocked = input_waits = dirty = spoke = false;
  in.clear();
  out.clear();
  scanner.reset();
  framing = {};
  received.clear();
  request = {};
  at_worker = counted = keeping = false;
  refused = {};
  kept.clear();
  keep_limit = 0;
  piece = {};
  bytes_received = bytes_sent = 0;
  response.clear();
  upstream = kNone;
  source = nullptr;
  held.reset();
  response_began = chunked = close_after = false;
}

/// Whether these are the first bytes of HTTP/1.1; else they have been taken, or wait for more.
bool Shell::choose_codec(Client& client, std::string_view fresh) {
  if (fresh.empty()) return false;
  if (client.in.empty() && fresh.front() != kHttp2Preface.front()) {
    client.codec = Client::Codec::kHttp1;
    return true;
  }
  client.in.append(fresh);
  const std::string_view seen = client.in.view();
  const std::size_t size = std::min(seen.size(), kHttp2Preface.size());
  if (seen.substr(0, size) != kHttp2Preface.substr(0, size)) {
    client.codec = Client::Codec::kHttp1;
    take_client_bytes(client, {});
    return false;
  }
  if (size < kHttp2Preface.size()) return false;
  start_http2(client);
  const Id<Client> id = Slab<Client>::id_of(client);
  take_frames(client, seen);
  if (clients_.find(id) != nullptr) client.in.clear();
  return false;
}

void Shell::start_http2(Client& client) {
  Http2Limits limits;
  const config::ListenerShell& listener = bootstrap_.listeners[client.listener];
  limits.streams = listener.max_concurrent_streams;
  limits.head_bytes = std::size_t{listener.max_request_headers_kb} * 1024;
  limits.fields = listener.max_headers_count;
  doors_[client.listener].stats.on_protocol(true);
  client.codec = Client::Codec::kHttp2;
  client.http2 = std::make_unique<Http2>(Http2::Role::kServer, limits);
  pinger_.begin(pinged(client), now_);
  mark_dirty(client);
}

void Shell::take_frames(Client& client, std::string_view bytes) {
  if (bytes.empty() || client.end != Client::End::kNone) return;
  const Id<Client> id = Slab<Client>::id_of(client);
  const bool good = client.http2->receive(bytes);
  pinger_.on_heard(pinged(client), now_);
  take_client_events(client);
  if (clients_.find(id) == nullptr) return;
  if (!good) {
    ++doors_[client.listener].stats.protocol_errors;
    drop_streams(client);
    client.end = Client::End::kLinger;
  }
  mark_dirty(client);
}

void Shell::take_client_events(Client& client) {
  const Id<Client> id = Slab<Client>::id_of(client);
  while (clients_.find(id) != nullptr && client.http2) {
    const auto event = client.http2->next_event();
    if (!event) return;
    take_client_event(client, *event);
  }
}

void Shell::take_client_event(Client& client, const Http2Event& event) {
  using Kind = Http2Event::Kind;
  if (event.kind == Kind::kPong) return pinger_.on_pong(pinged(client), now_);
  if (event.stream == nullptr) return;  // settings, or a client that will ask for no more
  Http2Stream& stream = *event.stream;
  if (event.kind == Kind::kHead) return begin_stream(client, stream, event.end);
  if (stream.tag == Http2Stream::kNoTag) {
    if (event.kind == Kind::kData) client.http2->consume(stream, event.data.size());
    if (event.kind == Kind::kClosed && !stream.head_done && stream.fault != Http2Fault::kNone)
      log_headless(client, end_of(stream, event.code));
    return;
  }
  Client& one = clients_[client_in(stream)];
  switch (event.kind) {
    case Kind::kData:
      return take_stream_body(one, event);
    case Kind::kTrailers:
      one.state = Client::State::kWaiting;
      one.received_at = now_;
      worker_.on_request_trailers(one.request, now_);
      return settle();
    case Kind::kClosed:
      return stream_closed(one, event);
    case Kind::kDrained:
      return resume_source(one);
    default:
      return;
  }
}

void Shell::begin_stream(Client& connection, Http2Stream& stream, bool end) {
  Client& client = clients_.take();
  client.codec = Client::Codec::kHttp2;
  client.connection = connection.index;
  client.stream = &stream;
  client.listener = connection.listener;
  client.ends = connection.ends;
  client.began = now_;
  stream.tag = client.index;
  std::swap(client.received, stream.head);
  take_host(client.received);
  client.framing = framing_of(stream, client.received, end);
  if (client.received.method == "CONNECT") {
    client.state = end ? Client::State::kWaiting : Client::State::kBody;
    return refuse(client, HeadError::kConnect);
  }
  admit(client);
}

void Shell::take_stream_body(Client& client, const Http2Event& event) {
  client.stream->withheld += event.data.size();
  client.bytes_received += event.data.size();
  if (event.end) client.state = Client::State::kWaiting;
  client.received_at = now_;
  if (client.keeping) client.kept.append(event.data);
  client.piece = event.data;
  worker_.on_request_body(client.request, event.data.size(), event.end, now_);
  settle();
  client.piece = {};
  release_credit(client);
}

/// The stream is over before its response was: the client has reset it, or broke the protocol.
void Shell::stream_closed(Client& client, const Http2Event& event) {
  Http2Stream& stream = *event.stream;
  clients_[client.connection].http2->consume(stream, stream.withheld);
  stream.tag = Http2Stream::kNoTag;
  client.stream = nullptr;
  if (!client.at_worker) return;
  client.refused = end_of(stream, event.code);
  const bool silent = event.code == 0 && client.state == Client::State::kWaiting;
  worker_.on_client_reset(client.request, now_,
                          silent ? policies::Details::kNone : policies::Details::kStreamReset);
  settle();
}

/// A request that was none: its head broke the protocol, was too large or never came whole.
void Shell::log_headless(Client& connection, const policies::Refusal& why) {
  LoggedRequest record;
  record.http2 = true;
  record.flags = why.flag;
  record.details = why.details;
  connection.began = now_;
  policies::DownstreamStats& stats = doors_[connection.listener].stats;
  ++stats.http2_requests, ++stats.resets;
  write_logs(connection, record);
}

/// Lets the client send more of its body once there is room for it.
void Shell::release_credit(Client& client) {
  if (client.stream == nullptr || client.stream->withheld == 0) return;
  client.input_waits = input_paused(client);
  if (client.input_waits) return;
  clients_[client.connection].http2->consume(*client.stream, client.stream->withheld);
  client.stream->withheld = 0;
  mark_dirty(client);
}

/// Lets the host send more of its response once there is room for it.
void Shell::resume_source(Client& client) {
  if (client.upstream == kNone) return;
  Upstream& up = upstreams_[client.upstream];
  if (client.source == nullptr) {
    if (up.input_waits) wake_upstream(client.upstream);
    return;
  }
  const policies::Listener& listener = configuration_.epoch.listeners[client.listener];
  if (client.source->withheld == 0 || backlog(client) > listener.buffer_limit_bytes / 2) return;
  up.http2->consume(*client.source, client.source->withheld);
  client.source->withheld = 0;
  mark_dirty(client.upstream);
}

/// The connection is going: to the worker, all its clients have left. `why` is logged, if anything.
void Shell::drop_streams(Client& connection, const policies::Refusal& why) {
  Slab<Http2Stream>& streams = connection.http2->streams();
  const bool broken = why.details.empty() && connection.http2->failed();
  if (broken && connection.end == Client::End::kNone)
    ++doors_[connection.listener].stats.protocol_errors;
  for (std::uint32_t i = 0; i < streams.capacity(); ++i) {
    Http2Stream& stream = streams[i];
    if (stream.index == kNone) continue;
    const policies::Refusal end = stream.fault != Http2Fault::kNone ? end_of(stream, 0)
                                  : broken                          ? kBrokenConnection
                                                                    : why;
    if (stream.tag == Http2Stream::kNoTag) {
      if (!stream.head_done && !stream.closed && connection.end == Client::End::kNone)
        log_headless(connection, end.details.empty() ? kLeft : end);
      continue;
    }
    Client& client = clients_[client_in(stream)];
    stream.tag = Http2Stream::kNoTag;
    client.stream = nullptr;
    if (!client.at_worker) continue;
    if (!end.details.empty()) client.refused = end;
    worker_.on_client_reset(client.request, now_);
    settle();
  }
}

/// The worker has done with a stream's request. What waits to be sent is the connection's matter.
void Shell::end_stream(Client& client) {
  if (client.stream != nullptr) {
    Http2& http2 = *clients_[client.connection].http2;
    if (client.end == Client::End::kCut) {
      http2.reset(*client.stream, Http2Code::kInternalError);
    } else if (client.state == Client::State::kBody) {
      http2.reset_when_sent(*client.stream);
    }
    http2.consume(*client.stream, client.stream->withheld);
    client.stream->withheld = 0;
    client.stream->tag = Http2Stream::kNoTag;
    client.stream = nullptr;
    mark_dirty(client);
  }
  ended_streams_.push_back(client.index);
}

void Shell::frames_flushed(Client& client) {
  const Id<Client> id = Slab<Client>::id_of(client);
  take_client_events(client);
  if (clients_.find(id) == nullptr) return;
  const bool over = client.http2->failed() || client.http2->over();
  if (over && client.end == Client::End::kNone) {
    drop_streams(client);
    client.end = client.http2->failed() ? Client::End::kLinger : Client::End::kClose;
  }
  if (client.out.empty() && client.end != Client::End::kNone) return end_client(client);
  if (client.input_waits && !input_paused(client)) wake(client);
}

}  // namespace squall::proxy
