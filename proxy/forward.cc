// Requests and responses on their way through the shell: heads, bodies, own answers, the log.
#include <charconv>
#include <ctime>

#include "policies/base/mix.h"
#include "policies/internal_redirect.h"
#include "proxy/http1_write.h"
#include "proxy/shell.h"

namespace squall::proxy {

namespace {

/// Without one, a request with such a method says so.
bool may_have_body(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "DELETE" && method != "TRACE";
}

/// The fields that frame a body are the codec's: whatever a route's changes made of them, the head
/// says how the body that follows is framed.
void frame(const Framing& framing, std::vector<policies::HeaderField>& headers, TextArena& arena) {
  policies::remove_field(headers, "transfer-encoding");
  if (framing.body == BodyKind::kChunked || framing.body == BodyKind::kUntilClose) {
    policies::remove_field(headers, "content-length");
    headers.push_back({"transfer-encoding", "chunked"});
    return;
  }
  char text[20];
  const std::uint64_t length = framing.body == BodyKind::kLength ? framing.length : 0;
  const auto end = std::to_chars(text, text + sizeof text, length);
  policies::set_field(headers, "content-length",
                      arena.store({text, static_cast<std::size_t>(end.ptr - text)}));
}

/// An HTTP/2 response's head, in the form of HTTP/1.1's.
void read_answer(const Http2Stream& stream, bool end, AnswerHead& head) {
  head.status = stream.status;
  head.headers = stream.head.headers;
  head.framing = {};
  if (end) return;
  head.framing.body = stream.length ? BodyKind::kLength : BodyKind::kChunked;
  head.framing.length = stream.length.value_or(0);
}

}  // namespace

void Shell::start(std::uint32_t attempt, std::uint32_t connection, bool end) {
  Upstream& up = upstreams_[connection];
  Client& client = client_of(worker_.attempt(attempt).request);
  if (attempt >= upstream_of_.size()) upstream_of_.resize(attempt + 1);
  upstream_of_[attempt] = connection;
  client.upstream_local = up.local_name;
  client.upstream_protocol = up.http2 ? "HTTP/2" : "HTTP/1.1";
  if (attempt >= stream_of_.size()) stream_of_.resize(attempt + 1);
  if (up.http2) return start_stream(attempt, connection, end);
  stream_of_[attempt] = nullptr;
  up.attempt = worker_.attempt_id(attempt);
  up.head_read = up.told_first_byte = false;
  up.to_head = client.received.method == "HEAD";
  policies::upstream_request(worker_, attempt, client.received, edits_, sending_);
  if (const auto length = policies::buffered_length(worker_, worker_.attempt(attempt).request))
    client.framing = {.body = BodyKind::kLength, .length = *length};
  up.chunked = client.framing.body == BodyKind::kChunked;
  const bool bare = client.framing.body == BodyKind::kNone;  // a length of 0 need not be said
  if (!bare || policies::find_header(sending_.headers, "content-length") ||
      policies::find_header(sending_.headers, "transfer-encoding")) {
    frame(client.framing, sending_.headers, sending_.text);
  } else if (end && may_have_body(sending_.method)) {
    policies::set_field(sending_.headers, "content-length", "0");
  }
  write_request_head(sending_, up.out);
  if (end && up.chunked) write_last_chunk(up.out);
  mark_dirty(connection);
}

void Shell::send_body(std::uint32_t attempt, bool replay, bool end) {
  const std::uint32_t connection = upstream_of_[attempt];
  Upstream& up = upstreams_[connection];
  const policies::Request& request = worker_.request(worker_.attempt(attempt).request);
  Client& client = client_of(request.index);
  const std::string_view data = replay ? client.kept.view() : client.piece;
  if (Http2Stream* stream = stream_of_[attempt]) {
    up.http2->send_body(*stream, data, end);
  } else if (up.attempt == worker_.attempt_id(attempt)) {
    if (!up.chunked) {
      up.out.append(data);
    } else if (!data.empty()) {
      write_chunk(data, up.out);
    }
    if (up.chunked && end) write_last_chunk(up.out);
  }
  mark_dirty(connection);
  if (request.mirror != 0) on_mirror_sent(client, attempt);
}

/// What a copy has sent is not needed again. Nobody waits for one whose backend is too slow.
void Shell::on_mirror_sent(Client& carrier, std::uint32_t attempt) {
  carrier.kept.clear();
  if (backlog_of(attempt) <= configuration_.epoch.listeners[carrier.listener].buffer_limit_bytes)
    return;
  follow_ups_.emplace_back(SlowMirror{worker_.attempt_id(attempt)});
}

/// It may have ended since. The worker takes it that the stream is gone, so it goes first.
void Shell::follow(const SlowMirror& slow) {
  const policies::AttemptId attempt = slow.attempt;
  if (worker_.attempt_id(attempt.index) == attempt && stream_of_[attempt.index] != nullptr)
    reset_stream(attempt.index);
  worker_.on_stream_reset(attempt, policies::ResetReason::kLocalReset, now_);
}

/// Trailers go on where both sides speak HTTP/2; else their place is the end of the body.
void Shell::send_trailers(std::uint32_t attempt) {
  const std::uint32_t connection = upstream_of_[attempt];
  Upstream& up = upstreams_[connection];
  const Client& client = client_of(worker_.attempt(attempt).request);
  if (Http2Stream* stream = stream_of_[attempt]) {
    static const std::vector<policies::HeaderField> none;
    up.http2->send_trailers(*stream,
                            client.stream != nullptr ? client.stream->trailers.headers : none);
  } else if (up.attempt == worker_.attempt_id(attempt) && up.chunked) {
    write_last_chunk(up.out);
  }
  mark_dirty(connection);
}

/// Bytes of an attempt's request that have not left.
std::size_t Shell::backlog_of(std::uint32_t attempt) const {
  const std::uint32_t connection = worker_.attempt(attempt).connection;
  if (connection == kNone) return 0;
  const Upstream& up = upstreams_[connection];
  if (!up.http2) return up.out.size();
  return stream_of_[attempt] != nullptr ? stream_of_[attempt]->out.size() : 0;
}

/// Bytes of a response that have not left.
std::size_t Shell::backlog(const Client& client) const {
  const std::size_t held = client.held != nullptr ? client.held->body.size() : 0;
  if (!client.is_stream()) return held + client.out.size();
  return held + (client.stream != nullptr ? client.stream->out.size() : 0);
}

/// The day and time of the turn, as in a header.
std::string_view Shell::date() {
  const std::int64_t second = clock_.unix_ns(now_) / 1'000'000'000;
  if (second != date_second_) {
    date_second_ = second;
    const std::time_t time = second;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    date_size_ = std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {date_.data(), date_size_};
}

/// Sends the head in client.response. `complete`: the whole request has been received; `end`:
/// nothing follows.
void Shell::send_head(Client& client, bool complete, bool end) {
  std::vector<policies::HeaderField>& headers = client.response.headers;
  if (!policies::find_header(headers, "date")) headers.push_back({"date", date()});
  if (client.is_stream()) {
    if (client.stream != nullptr) {
      clients_[client.connection].http2->send_head(*client.stream, client.response.status, headers,
                                                   end);
    }
  } else {
    const double level = overload_.level(policies::OverloadAction::Kind::kDisableHttpKeepalive);
    if (level > 0 && unit(mix(seed_, Purpose::kOverload, requests_)) < level)
      client.close_after = true;
    client.close_after = client.close_after || !complete || !client.framing.keep_alive ||
                         client.downstream.closes() || stopping_;
    if (client.close_after) headers.push_back({"connection", "close"});
    write_response_head(client.response.status, headers, client.out);
  }
  client.response_began = true;
  client.response_at = now_;
  doors_[client.listener].stats.on_response(client.response.status, complete,
                                            client.speaks_http2());
  mark_dirty(client);
}

/// Sends a piece of a response's body, as the client's protocol has it.
void Shell::send_body(Client& client, std::string_view data, bool end) {
  client.bytes_sent += data.size();
  if (client.is_stream()) {
    if (client.stream != nullptr)
      clients_[client.connection].http2->send_body(*client.stream, data, end);
  } else if (!client.chunked) {
    client.out.append(data);
  } else if (!data.empty()) {
    write_chunk(data, client.out);
  }
  if (client.chunked && end && !client.is_stream()) write_last_chunk(client.out);
  mark_dirty(client);
}

void Shell::forward_head(Client& client, std::uint32_t request, std::uint32_t attempt, bool end) {
  Upstream& up = upstreams_[upstream_of_[attempt]];
  const Http2Stream* const stream = stream_of_[attempt];
  if (stream != nullptr) read_answer(*stream, end, up.head);
  policies::KeptResponse& response = client.response;
  response.clear();
  response.status = up.head.status;
  response.headers = up.head.headers;
  const Framing& framing = up.head.framing;
  client.chunked = framing.body == BodyKind::kChunked || framing.body == BodyKind::kUntilClose;
  policies::shape_response(worker_, request, client.received, now_, response);
  const bool bodiless = client.received.method == "HEAD" || response.status == 204 ||
                        response.status == 304;  // their length is of another answer, or none
  if (response.status == 304) policies::remove_field(response.headers, "transfer-encoding");
  if (!bodiless) frame(framing, response.headers, response.edits.text);
  if (bodiless && !client.speaks_http2())
    policies::frame_response(client.received.method, end, response);
  client.upstream = end ? kNone : upstream_of_[attempt];
  client.source = end ? nullptr : stream_of_[attempt];
  send_head(client, worker_.request(request).complete, end);
}

void Shell::forward_body(Client& client, std::uint32_t attempt, bool end) {
  send_body(client, upstreams_[upstream_of_[attempt]].piece, end);
  if (!end) return;
  client.upstream = kNone;
  client.source = nullptr;
}

void Shell::forward_trailers(Client& client, std::uint32_t attempt) {
  const Http2Stream* const stream = stream_of_[attempt];
  if (client.stream != nullptr && stream != nullptr) {
    clients_[client.connection].http2->send_trailers(*client.stream, stream->trailers.headers);
    mark_dirty(client);
  } else {
    send_body(client, {}, true);
  }
  client.upstream = kNone;
  client.source = nullptr;
}

void Shell::answer(Client& client, std::uint32_t request) {
  policies::KeptResponse& response = client.response;
  policies::local_reply(worker_, request, client.received, now_, response);
  if (response.status != 204 && response.status != 304 && !response.body.empty()) {
    frame({.body = BodyKind::kLength, .length = response.body.size()}, response.headers,
          response.edits.text);
  }
  client.chunked = false;
  client.close_after = client.close_after || policies::ends_connection(worker_, request);
  const bool end = response.body.empty() || client.received.method == "HEAD";
  if (response.body.empty()) policies::remove_field(response.headers, "content-length");
  if (!client.speaks_http2()) policies::frame_response(client.received.method, end, response);
  send_head(client, worker_.request(request).complete, end);
  if (!end) send_body(client, response.body, true);
}

/// A copy is carried like a request whose client has no connection.
void Shell::mirror(std::uint32_t copy, std::uint32_t request) {
  Client& carrier = clients_.take();
  const Client& client = client_of(request);
  carrier.listener = client.listener;
  carrier.framing = client.framing;
  policies::mirrored_request(worker_, copy, request, client.received, edits_, sending_);
  policies::KeptRequest& head = carrier.received;
  head.method = head.text.store(sending_.method);
  head.scheme = head.text.store(sending_.scheme);
  head.authority = head.text.store(sending_.authority);
  head.path = head.text.store(sending_.path);
  head.internal = sending_.internal;
  for (const auto& [name, value] : sending_.headers)
    head.headers.push_back({head.text.store(name), head.text.store(value)});
  carrier.kept.append(client.kept.view());
  if (copy >= client_of_.size()) client_of_.resize(copy + 1);
  client_of_[copy] = carrier.index;
}

/// What an upstream's redirect points to is asked for the client, or the client gets it.
void Shell::follow(const Redirected& asked) {
  if (worker_.request_id(asked.request.index) != asked.request) return;
  Client& client = client_of(asked.request.index);
  Upstream& up = upstreams_[upstream_of_[asked.attempt]];
  if (stream_of_[asked.attempt] != nullptr) read_answer(*stream_of_[asked.attempt], true, up.head);
  const bool leads = policies::redirected_request(
      worker_, asked.attempt, client.received,
      {.status = up.head.status, .headers = up.head.headers}, edits_, redirected_);
  redirected_.peer = client.ends.peer_address;
  redirected_.peer_port = client.ends.peer_port;
  const policies::RequestHead head = redirected_.view();
  const policies::RequestId request = worker_.on_redirect(
      asked.request, leads ? &head : nullptr, mix(seed_, Purpose::kRoute, ++requests_), now_);
  if (!request) return;
  client.request = request;
  if (request.index >= client_of_.size()) client_of_.resize(request.index + 1);
  client_of_[request.index] = client.index;
}

/// The request that was redirected has ended; from here on the client's is the other one.
void Shell::take_redirect(Client& client, std::uint16_t status) {
  uncount_request(client);
  count_request(client);
  std::swap(client.received, redirected_);
  policies::receive_target(configuration_.epoch.listeners[client.listener].target,
                           policies::is_grpc(client.received.view()), client.received.local_port,
                           client.received, client.received.text);
  const std::string_view method = redirected_.method;  // that of the request before
  if (status != 303 || method == "GET" || method == "HEAD") return;
  client.framing.body = BodyKind::kNone;
  client.framing.length = 0;
}

void Shell::log(std::uint32_t index) {
  if (worker_.request(index).is_tcp()) return log_tcp(index);
  if (worker_.request(index).mirror != 0) return ended_streams_.push_back(client_of_[index]);
  Client& client = client_of(index);
  const policies::Request& request = worker_.request(index);
  const policies::Outcome& outcome = request.outcome;
  const std::string flags = policies::to_string(outcome.flags);
  LoggedRequest record;
  record.flags = flags;
  const policies::Epoch& epoch = configuration_.epoch;
  const policies::HostConfig* const host =
      request.last_host != kNone ? &epoch.host(request.last_host) : nullptr;
  log_texts_.clear();
  record.details = policies::details_text(outcome, host, log_texts_);
  record.transport_failure = policies::to_text(outcome.connect_error, host, log_texts_);
  record.attempts = request.attempt_count;
  const policies::LoggedRoute logged = policies::logged_route(worker_, request);
  if (logged.cluster != kNone) record.cluster = epoch.clusters[logged.cluster].name;
  if (logged.route != nullptr) record.route = logged.route->name;
  record.virtual_cluster = policies::virtual_cluster_name(worker_, request);
  if (host != nullptr) {
    record.upstream_host = host_texts_[request.last_host];
    record.upstream_name = host->hostname;
  }
  record.upstream_local = client.upstream_local;
  record.upstream_protocol = client.upstream_protocol;
  if (client.response_began && !outcome.local)
    record.response_began = client.response_at - client.began;
  const bool logs = !doors_[client.listener].logs.empty();
  if (logs && policies::logged_request(worker_, index, client.received, edits_, sending_))
    record.request = &sending_;
  if (request.complete) record.request_received = client.received_at - client.began;
  policies::DownstreamStats& stats = doors_[client.listener].stats;
  stats.on_request_end(worker_, request);
  if (outcome.details == policies::Details::kInternalRedirect) {
    record.status = outcome.status;
    record.request = &redirected_;
    write_logs(client, record);
    return take_redirect(client, outcome.status);
  }
  client.at_worker = false;
  uncount_request(client);
  write_logs(client, record);
  connection_of(client).downstream.on_request_end(now_, client_commands_);
  finish_exchange(client);
  carry_out_clients();
}

/// Completes a record by what the client's connection knows.
void Shell::write_logs(Client& client, LoggedRequest& record) {
  Door& door = doors_[client.listener];
  if (door.logs.empty()) return;
  if (record.request == nullptr) record.request = &client.received;
  if (!client.refused.details.empty()) {
    record.flags = client.refused.flag;
    record.details = client.refused.details;
  }
  if (client.response_began) {
    record.status = client.response.status;
    record.response = client.response.headers;
  }
  record.http2 = client.speaks_http2();
  record.ends = &client.ends;
  record.stream_id = policies::find_header(client.received.headers, "x-request-id").value_or("");
  record.bytes_received = client.bytes_received;
  record.bytes_sent = client.bytes_sent;
  record.start_unix_ns = clock_.unix_ns(client.began);
  record.total = now_ - client.began;
  write_lines(door, record);
}

/// The connection is free for the next request, or ends when all is sent.
void Shell::finish_exchange(Client& client) {
  const bool complete = client.state == Client::State::kWaiting;
  client.kept.clear();
  client.upstream = kNone;
  client.source = nullptr;
  client.held.reset();
  client.keeping = false;
  if (client.is_stream()) return end_stream(client);
  if (client.end == Client::End::kNone && client.close_after)
    client.end = complete && client.in.empty() ? Client::End::kClose : Client::End::kLinger;
  if (client.end != Client::End::kNone) return;
  client.state = Client::State::kHead;
  client.scanner.reset();
  if (!client.in.empty() || client.input_waits) wake(client);
}

}  // namespace squall::proxy
