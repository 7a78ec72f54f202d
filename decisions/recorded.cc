#include "decisions/recorded.h"

#include <bit>

namespace squall::decisions {

using policies::AttemptId;
using policies::CommandList;
using policies::Configuration;
using policies::ConnectionId;
using policies::RequestHead;
using policies::RequestId;
using policies::ResetReason;
using policies::ResponseHead;
using policies::TimerKind;

namespace {

/// An entry about an id.
template <class Tag>
Entry about(Event event, Id<Tag> id, Instant now = kNever) {
  Entry entry{.event = event, .at = now};
  entry.subject = id.index;
  entry.generation = id.generation;
  return entry;
}

template <class Kind>
std::uint32_t number_of(Kind kind) {
  return static_cast<std::uint32_t>(kind);
}

/// Decides, and records it with the commands that came to be.
template <class Decide>
void record_decision(Entry& entry, const Recording& to, const CommandList& commands,
                     const Decide& decide) {
  const std::size_t before = commands.pending().size();
  decide(entry);
  entry.machine = to.machine;
  entry.commands = commands.pending().subspan(before);
  to.log->add(entry);
}

Entry start_of(Event event, const Recording& to, std::uint64_t random, Instant start) {
  return {.event = event, .at = start, .detail = to.bootstrap, .number = random};
}

}  // namespace

// A worker's.

RecordedWorker::RecordedWorker(const Configuration& configuration, std::uint64_t random,
                               Instant start, const Recording& to)
    : Worker(configuration, random, start), to_(to) {
  if (to_.log == nullptr) return;
  Entry entry = start_of(WORKER_START, to_, random, start);
  entry.machine = to_.machine;
  entry.commands = commands().pending();
  entry.worker = this;
  to_.log->add(entry);
}

// Those of every request look for a log before they say what they would write to it.

template <class Decide>
void RecordedWorker::decide(Entry entry, const Decide& decide) {
  if (to_.log == nullptr) [[likely]] {
    decide();
  } else {
    record(entry, [&](Entry&) { decide(); });
  }
}

template <class Decide>
[[gnu::noinline]] void RecordedWorker::record(Entry& entry, const Decide& decide) {
  entry.worker = this;
  record_decision(entry, to_, commands(), decide);
}

RequestId RecordedWorker::on_request(std::uint32_t listener, const RequestHead& head,
                                     std::uint64_t random, bool end, Instant now) {
  if (to_.log == nullptr) [[likely]]
    return Worker::on_request(listener, head, random, end, now);
  RequestId id;
  Entry entry{.event = REQUEST, .at = now, .detail = listener, .number = random, .end = end};
  entry.request = &head;
  record(entry, [&](Entry& made) {
    id = Worker::on_request(listener, head, random, end, now);
    made.subject = id.index;
    made.generation = id.generation;
  });
  return id;
}

RequestId RecordedWorker::on_redirect(RequestId id, const RequestHead* head, std::uint64_t random,
                                      Instant now) {
  Entry entry = about(REDIRECT, id, now);
  entry.number = random;
  entry.request = head;
  RequestId fresh;
  decide(entry, [&] { fresh = Worker::on_redirect(id, head, random, now); });
  return fresh;
}

void RecordedWorker::on_request_body(RequestId id, std::uint64_t bytes, bool end, Instant now) {
  Entry entry = about(REQUEST_BODY, id, now);
  entry.number = bytes;
  entry.end = end;
  decide(entry, [&] { Worker::on_request_body(id, bytes, end, now); });
}

void RecordedWorker::on_request_trailers(RequestId id, Instant now) {
  decide(about(REQUEST_TRAILERS, id, now), [&] { Worker::on_request_trailers(id, now); });
}

void RecordedWorker::on_client_reset(RequestId id, Instant now, policies::Details why) {
  Entry entry = about(CLIENT_RESET, id, now);
  entry.detail = number_of(why);
  decide(entry, [&] { Worker::on_client_reset(id, now, why); });
}

RequestId RecordedWorker::on_tcp_open(std::uint32_t listener, std::string_view peer,
                                      std::uint64_t random, Instant now) {
  if (to_.log == nullptr) [[likely]]
    return Worker::on_tcp_open(listener, peer, random, now);
  RequestId id;
  RequestHead head;
  head.peer = peer;
  Entry entry{.event = TCP_OPEN, .at = now, .detail = listener, .number = random};
  entry.request = &head;
  record(entry, [&](Entry& made) {
    id = Worker::on_tcp_open(listener, peer, random, now);
    made.subject = id.index;
    made.generation = id.generation;
  });
  return id;
}

void RecordedWorker::on_tcp_bytes(RequestId id, policies::TcpSide from, std::uint64_t bytes,
                                  bool end, Instant now) {
  Entry entry = about(TCP_BYTES, id, now);
  entry.detail = number_of(from);
  entry.number = bytes;
  entry.end = end;
  decide(entry, [&] { Worker::on_tcp_bytes(id, from, bytes, end, now); });
}

void RecordedWorker::on_tcp_closed(RequestId id, bool reset, Instant now) {
  Entry entry = about(TCP_CLOSED, id, now);
  entry.detail = number_of(reset);
  decide(entry, [&] { Worker::on_tcp_closed(id, reset, now); });
}

void RecordedWorker::on_first_byte_sent(AttemptId id) {
  if (to_.log == nullptr) [[likely]]
    return Worker::on_first_byte_sent(id);
  decide(about(FIRST_BYTE_SENT, id), [&] { Worker::on_first_byte_sent(id); });
}

void RecordedWorker::on_response(AttemptId id, const ResponseHead& head, bool end, Instant now) {
  if (to_.log == nullptr) [[likely]]
    return Worker::on_response(id, head, end, now);
  Entry entry = about(RESPONSE, id, now);
  entry.response = &head;
  entry.end = end;
  decide(entry, [&] { Worker::on_response(id, head, end, now); });
}

void RecordedWorker::on_response_body(AttemptId id, std::uint64_t bytes, bool end, Instant now) {
  Entry entry = about(RESPONSE_BODY, id, now);
  entry.number = bytes;
  entry.end = end;
  decide(entry, [&] { Worker::on_response_body(id, bytes, end, now); });
}

void RecordedWorker::on_response_trailers(AttemptId id, policies::Headers trailers, Instant now) {
  const ResponseHead head{.headers = trailers};
  Entry entry = about(RESPONSE_TRAILERS, id, now);
  entry.response = &head;
  decide(entry, [&] { Worker::on_response_trailers(id, trailers, now); });
}

void RecordedWorker::on_stream_reset(AttemptId id, ResetReason why, Instant now) {
  Entry entry = about(STREAM_RESET, id, now);
  entry.detail = number_of(why);
  decide(entry, [&] { Worker::on_stream_reset(id, why, now); });
}

void RecordedWorker::on_connected(ConnectionId id, Instant now) {
  decide(about(CONNECTED, id, now), [&] { Worker::on_connected(id, now); });
}

void RecordedWorker::on_connect_failed(ConnectionId id, ResetReason why,
                                       policies::ConnectError error, Instant now) {
  Entry entry = about(CONNECT_FAILED, id, now);
  entry.detail = number_of(why);
  entry.number = error.number;
  entry.end = error.immediate;
  decide(entry, [&] { Worker::on_connect_failed(id, why, error, now); });
}

void RecordedWorker::on_settings(ConnectionId id, std::uint32_t max_streams, Instant now) {
  Entry entry = about(SETTINGS, id, now);
  entry.number = max_streams;
  decide(entry, [&] { Worker::on_settings(id, max_streams); });
}

void RecordedWorker::on_goaway(ConnectionId id, Instant now) {
  decide(about(GOAWAY, id, now), [&] { Worker::on_goaway(id); });
}

void RecordedWorker::on_closed(ConnectionId id, ResetReason why, Instant now, bool by_us) {
  Entry entry = about(CLOSED, id, now);
  entry.detail = number_of(why);
  entry.end = by_us;
  decide(entry, [&] { Worker::on_closed(id, why, now, by_us); });
}

void RecordedWorker::on_overload(double level) {
  decide({.event = OVERLOAD, .number = std::bit_cast<std::uint64_t>(level)},
         [&] { Worker::on_overload(level); });
}

void RecordedWorker::on_reduced_timeouts(double level, Instant now) {
  decide({.event = REDUCED_TIMEOUTS, .at = now, .number = std::bit_cast<std::uint64_t>(level)},
         [&] { Worker::on_reduced_timeouts(level, now); });
}

/// Most are of no interest to it.
void RecordedWorker::on_client_gone(std::uint64_t connection) {
  if (!remembers_client(connection)) return;
  decide({.event = CLIENT_GONE, .number = connection}, [&] { Worker::on_client_gone(connection); });
}

void RecordedWorker::on_host_drain(std::uint32_t host, Instant now) {
  decide({.event = HOST_DRAIN, .at = now, .subject = host},
         [&] { Worker::on_host_drain(host, now); });
}

void RecordedWorker::on_host_health(std::uint32_t cluster,
                                    const policies::PublishedHosts& published) {
  Entry entry{.event = HOST_HEALTH, .subject = cluster};
  entry.number = static_cast<std::uint64_t>(to_ns(published.at));
  entry.hosts = &published;
  decide(entry, [&] { Worker::on_host_health(cluster, published); });
}

void RecordedWorker::on_hosts(std::uint32_t cluster, const policies::lb::ClusterLayout& members,
                              Instant now) {
  Entry entry{.event = HOSTS, .at = now, .subject = cluster};
  entry.absent = &members.absent;
  decide(entry, [&] { Worker::on_hosts(cluster, members, now); });
}

void RecordedWorker::on_config(const Configuration& next, std::uint32_t bootstrap, Instant now) {
  decide({.event = CONFIG, .at = now, .detail = bootstrap}, [&] { Worker::on_config(next, now); });
}

void RecordedWorker::on_timer(TimerKind kind, std::uint32_t owner, Instant now) {
  if (to_.log == nullptr) [[likely]]
    return Worker::on_timer(kind, owner, now);
  decide({.event = TIMER, .at = now, .subject = owner, .detail = number_of(kind)},
         [&] { Worker::on_timer(kind, owner, now); });
}

void RecordedWorker::on_turn_end(Instant now) {
  decide({.event = TURN_END, .at = now}, [&] { Worker::on_turn_end(now); });
}

// Control's.

RecordedControl::RecordedControl(const Configuration& configuration, std::uint64_t random,
                                 Instant start, const Recording& to)
    : Control(configuration, random, start), to_(to) {
  if (to_.log == nullptr) return;
  Entry entry = start_of(CONTROL_START, to_, random, start);
  entry.machine = to_.machine;
  entry.commands = commands().pending();
  to_.log->add(entry);
}

template <class Decide>
void RecordedControl::decide(Entry entry, const Decide& decide) {
  if (to_.log == nullptr) [[likely]]
    return decide();
  record_decision(entry, to_, commands(), [&](Entry&) { decide(); });
}

void RecordedControl::on_host_result(std::uint32_t cluster, std::uint32_t host,
                                     policies::HostResult result, std::uint32_t code, Instant now) {
  if (to_.log == nullptr) [[likely]]
    return Control::on_host_result(cluster, host, result, code, now);
  Entry entry{.event = HOST_RESULT, .at = now, .subject = host, .generation = cluster};
  entry.detail = number_of(result);
  entry.number = code;
  decide(entry, [&] { Control::on_host_result(cluster, host, result, code, now); });
}

void RecordedControl::on_check_response(std::uint32_t check, const ResponseHead& head,
                                        bool body_matches, Instant now) {
  Entry entry{
      .event = CHECK_RESPONSE, .at = now, .subject = check, .detail = body_matches ? 0U : 1U};
  entry.response = &head;
  decide(entry, [&] { Control::on_check_response(check, head, body_matches, now); });
}

void RecordedControl::on_check_result(std::uint32_t check, policies::CheckOutcome outcome,
                                      Instant now) {
  decide({.event = CHECK_RESULT, .at = now, .subject = check, .detail = number_of(outcome)},
         [&] { Control::on_check_result(check, outcome, now); });
}

void RecordedControl::on_hosts(std::uint32_t cluster, const policies::lb::ClusterLayout& members,
                               Instant now) {
  Entry entry{.event = CONTROL_HOSTS, .at = now, .subject = cluster};
  entry.absent = &members.absent;
  decide(entry, [&] { Control::on_hosts(cluster, members, now); });
}

void RecordedControl::on_config(const Configuration& next, std::uint32_t bootstrap, Instant now) {
  decide({.event = CONTROL_CONFIG, .at = now, .detail = bootstrap},
         [&] { Control::on_config(next, now); });
}

void RecordedControl::on_timer(TimerKind kind, std::uint32_t owner, Instant now) {
  decide({.event = CONTROL_TIMER, .at = now, .subject = owner, .detail = number_of(kind)},
         [&] { Control::on_timer(kind, owner, now); });
}

void RecordedControl::on_turn_end(Instant now) {
  decide({.event = CONTROL_TURN_END, .at = now}, [&] { Control::on_turn_end(now); });
}

// A client's connection's.

template <class Decide>
void RecordedDownstream::decide(Entry entry, CommandList& out, const Decide& decide) {
  if (to_.log == nullptr) [[likely]]
    return decide();
  entry.subject = owner_;
  record_decision(entry, to_, out, [&](Entry&) { decide(); });
}

void RecordedDownstream::on_open(const Configuration& configuration, std::uint32_t listener,
                                 std::uint32_t owner, Instant now, CommandList& out,
                                 const Recording& to) {
  to_ = to;
  owner_ = owner;
  decide({.event = CLIENT_OPEN, .at = now, .detail = listener}, out,
         [&] { Downstream::on_open(configuration.epoch.listeners[listener], owner, now, out); });
}

void RecordedDownstream::on_first_byte(Instant now, CommandList& out) {
  decide({.event = CLIENT_FIRST_BYTE, .at = now}, out,
         [&] { Downstream::on_first_byte(now, out); });
}

void RecordedDownstream::on_request(bool http2, Instant now, CommandList& out) {
  decide({.event = CLIENT_REQUEST, .at = now, .detail = number_of(http2)}, out,
         [&] { Downstream::on_request(http2, now, out); });
}

void RecordedDownstream::on_request_end(Instant now, CommandList& out) {
  decide({.event = CLIENT_REQUEST_END, .at = now}, out,
         [&] { Downstream::on_request_end(now, out); });
}

void RecordedDownstream::on_reduced_timeouts(double level, Instant now, CommandList& out) {
  decide(
      {.event = CLIENT_REDUCED_TIMEOUTS, .at = now, .number = std::bit_cast<std::uint64_t>(level)},
      out, [&] { Downstream::on_reduced_timeouts(level, now, out); });
}

void RecordedDownstream::on_closed(Instant now, CommandList& out) {
  decide({.event = CLIENT_CLOSED, .at = now}, out, [&] { Downstream::on_closed(out); });
}

void RecordedDownstream::on_timer(TimerKind kind, Instant now, CommandList& out) {
  decide({.event = CLIENT_TIMER, .at = now, .detail = number_of(kind)}, out,
         [&] { Downstream::on_timer(kind, now, out); });
}

}  // namespace squall::decisions
