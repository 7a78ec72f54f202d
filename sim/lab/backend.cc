// The lab's scripted backends.
#include <algorithm>

#include "policies/repeated_headers.h"
#include "policies/text_in.h"
#include "sim/lab/world.h"

namespace squall::sim::lab {

using policies::ResetReason;
using scenarios::LabAnswer;

namespace {

std::string lab_id(const policies::KeptRequest& request) {
  return std::string(policies::find_header(request.headers, "x-lab-id").value_or(""));
}

std::vector<RecordedHeader> seen_headers(const policies::KeptRequest& request, bool http2) {
  std::vector<RecordedHeader> headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    headers.push_back({std::string(name), std::string(value)});
  };
  if (http2) {
    add(":method", request.method);
    add(":path", request.path);
    add(":authority", request.authority);
    add(":scheme", request.scheme);
  } else {
    add("host", request.authority);
  }
  for (const auto& [name, value] : request.headers) add(name, value);
  return headers;
}

/// HTTP/2's codes as Envoy takes them.
ResetReason reason_of(std::uint32_t code) {
  constexpr std::uint32_t kProtocolErrorCode = 1, kRefusedStreamCode = 7;
  if (code == kProtocolErrorCode) return ResetReason::kProtocolError;
  return code == kRefusedStreamCode ? ResetReason::kRemoteRefusedStream : ResetReason::kRemoteReset;
}

bool has_body(const LabAnswer& answer, std::string_view method) {
  if (method == "HEAD" || answer.status == 204 || answer.status == 304) return false;
  return answer.body_length > 0 || answer.chunked;
}

}  // namespace

AttemptRecord& World::record_of(Stream& stream) {
  if (stream.own) return record_.own[stream.row];
  return record_.requests[exchanges_[stream.exchange].row].attempts[stream.row];
}

void World::on_up_head(std::size_t index) {
  Stream& stream = streams_[index];
  Link& connection = link(stream.link);
  if (!connection.up || connection.generation != stream.link_generation) return;
  const Backend& backend = backends_[stream.backend];
  const std::string id = lab_id(stream.request);
  AttemptRecord attempt;
  attempt.endpoint = backend.plan->name;
  attempt.method = stream.request.method;
  attempt.path = stream.request.path;
  attempt.headers = seen_headers(stream.request, backend.plan->http2);
  attempt.connection = connection.number;
  attempt.connection_request = ++connection.requests;
  attempt.start = engine_.now();
  const std::string_view host = stream.request.authority;
  stream.mirrored = host.substr(0, host.find(':')).ends_with("-shadow");
  if (!id.empty() && !stream.mirrored) attempt.try_number = ++tries_[id];
  stream.arrived = true;
  stream.own = id.empty();
  std::vector<AttemptRecord>& rows =
      stream.own ? record_.own : record_.requests[exchanges_[stream.exchange].row].attempts;
  stream.row = rows.size();
  rows.push_back(std::move(attempt));
  choose_answer(stream);
  if (stream.complete || stream.answer.early) begin_answer(index);
}

/// The request's script by the number of the attempt; else the first rule that holds; else a plain
/// 200.
void World::choose_answer(Stream& stream) {
  const AttemptRecord& attempt = record_of(stream);
  if (!stream.own && !stream.mirrored && !exchanges_[stream.exchange].plan->script.empty()) {
    const auto& script = exchanges_[stream.exchange].plan->script;
    stream.answer = script[std::min<std::size_t>(attempt.try_number, script.size()) - 1];
    return;
  }
  Backend& backend = backends_[stream.backend];
  bool chosen = false;
  for (std::size_t i = 0; i < backend.rules.size(); ++i) {
    const scenarios::LabRule& rule = backend.rules[i];
    const bool headers = std::ranges::all_of(rule.headers, [&](const auto& wanted) {
      return std::ranges::any_of(attempt.headers, [&](const RecordedHeader& header) {
        return header.name == wanted.first && header.value == wanted.second;
      });
    });
    if (!headers || (rule.path && !attempt.path.starts_with(*rule.path))) continue;
    if (rule.attempt && !rule.attempt->holds(attempt.try_number)) continue;
    if (rule.connection_request && !rule.connection_request->holds(attempt.connection_request))
      continue;
    const std::uint64_t n = ++backend.met[i];
    if (chosen || (rule.n && !rule.n->holds(n))) continue;
    stream.answer = rule.answer;
    chosen = true;
  }
}

void World::on_up_body(std::size_t index, std::uint64_t bytes, bool end) {
  Stream& stream = streams_[index];
  if (stream.finished) return;
  if (stream.arrived) record_of(stream).body_length += bytes;
  if (!end) return;
  stream.complete = true;
  if (stream.arrived && !stream.answering) begin_answer(index);
}

void World::begin_answer(std::size_t index) {
  Stream& stream = streams_[index];
  stream.answering = true;
  after(stream.answer.delay, EventKind::kRespond, index);
}

void World::finish(Stream& stream, const char* outcome) {
  if (stream.finished || !stream.arrived) return;
  stream.finished = true;
  AttemptRecord& attempt = record_of(stream);
  attempt.outcome = outcome;
  attempt.end = engine_.now();
}

/// The proxy gave the stream up, or its connection.
void World::on_up_gone(std::size_t index) {
  Stream& stream = streams_[index];
  finish(stream, "aborted");
  Link& connection = link(stream.link);
  if (connection.generation == stream.link_generation && !backends_[stream.backend].plan->http2)
    connection.up = false;
}

void World::on_respond(std::size_t index) {
  Stream& stream = streams_[index];
  if (stream.finished) return;
  LabAnswer& answer = stream.answer;
  if (answer.action == LabAnswer::Action::kHang) return;
  if (answer.action != LabAnswer::Action::kRespond)
    return break_stream(index, answer.action == LabAnswer::Action::kReset);
  for (std::size_t i = 0; i < answer.interim.size(); ++i)
    post(EventKind::kDownInterim, index, answer.interim[i]);
  const bool body = has_body(answer, stream.request.method);
  const bool http2 = backends_[stream.backend].plan->http2;
  const bool end = !body && answer.trailers.empty();
  post(EventKind::kDownHead, index, 0, end);
  if (!end) return after(answer.body_delay, EventKind::kRespondBody, index);
  finish(stream, "answered");
  if (answer.close_connection && !http2) backend_closes(stream.link);
}

void World::on_respond_body(std::size_t index) {
  Stream& stream = streams_[index];
  if (stream.finished) return;
  const LabAnswer& answer = stream.answer;
  const bool http2 = backends_[stream.backend].plan->http2;
  if (answer.then != LabAnswer::Then::kAll) {
    if (answer.sent > 0) post(EventKind::kDownBody, index, static_cast<std::uint32_t>(answer.sent));
    if (answer.then == LabAnswer::Then::kHang) return;
    return break_stream(index, answer.then == LabAnswer::Then::kReset);
  }
  const bool trailers = !answer.trailers.empty();
  const bool separate_end = answer.chunked && !http2;
  if (answer.body_length > 0) {
    post(EventKind::kDownBody, index, static_cast<std::uint32_t>(answer.body_length),
         !trailers && !separate_end);
  }
  if (trailers) {
    post(EventKind::kDownTrailers, index);
  } else if (separate_end || answer.body_length == 0) {
    post(EventKind::kDownEnd, index);
  }
  finish(stream, "answered");
  if (answer.close_connection && !http2) backend_closes(stream.link);
}

/// Scripted ends: a reset or a close, of the stream on HTTP/2, of the connection on HTTP/1.
void World::break_stream(std::size_t index, bool reset) {
  Stream& stream = streams_[index];
  const bool http2 = backends_[stream.backend].plan->http2;
  finish(stream, reset ? "reset" : "closed");
  if (http2 && reset)
    return post(EventKind::kDownReset, index,
                static_cast<std::uint32_t>(reason_of(stream.answer.reset_code)));
  backend_closes(stream.link);
}

/// What the proxy will see of it depends on whether a response has begun, so that is settled on
/// arrival.
void World::backend_closes(std::uint32_t index) {
  Link& connection = link(index);
  if (!connection.up) return;
  connection.up = false;
  for (Stream& stream : streams_) {
    if (stream.link == index && stream.link_generation == connection.generation &&
        !stream.finished && stream.arrived) {
      finish(stream, stream.answer.then == LabAnswer::Then::kHang ? "aborted" : "closed");
    }
  }
  post(EventKind::kClosed, index, 0, false, static_cast<std::uint16_t>(connection.generation));
}

/// The fields of its answer's head.
void World::read_down_head(const Stream& stream) {
  const LabAnswer& answer = stream.answer;
  const bool http2 = backends_[stream.backend].plan->http2;
  down_headers_ = {{"x-lab-backend", backends_[stream.backend].plan->name}};
  for (const auto& [name, value] : answer.headers) down_headers_.push_back({name, value});
  down_text_.clear();
  policies::join_repeated(policies::HeadOf::kResponse, down_headers_, down_text_);
  if (answer.chunked && !http2) {
    down_headers_.push_back({"transfer-encoding", "chunked"});
  } else if (!http2 && answer.status != 204 && answer.status != 304) {
    down_headers_.push_back(
        {"content-length", policies::text_in(down_text_, "{}", answer.body_length)});
  }
  if (answer.close_connection) down_headers_.push_back({"connection", "close"});
}

/// What a backend sent arrives at the proxy.
void World::on_down(const Event& event) {
  Stream& stream = streams_[event.b];
  if (!stream.open) return;
  if (stream.checks != kNone) return on_check_down(stream, event);
  const LabAnswer& answer = stream.answer;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kDownHead: {
      read_down_head(stream);
      stream.head_seen = true;
      const bool end = event.flags != 0;
      if (end) stream.open = false;
      worker_.on_response(stream.attempt,
                          {.status = answer.status,
                           .headers = down_headers_,
                           .closes_connection = answer.close_connection},
                          end, engine_.now());
      break;
    }
    case EventKind::kDownBody:
      body_bytes_ = event.a;
      if (event.flags != 0) stream.open = false;
      worker_.on_response_body(stream.attempt, event.a, event.flags != 0, engine_.now());
      break;
    case EventKind::kDownEnd:
      body_bytes_ = 0;
      stream.open = false;
      worker_.on_response_body(stream.attempt, 0, true, engine_.now());
      break;
    case EventKind::kDownTrailers: {
      stream.open = false;
      std::vector<policies::HeaderField> trailers;
      for (const auto& [name, value] : answer.trailers) trailers.push_back({name, value});
      worker_.on_response_trailers(stream.attempt, trailers, engine_.now());
      break;
    }
    case EventKind::kDownReset:
      stream.open = false;
      worker_.on_stream_reset(stream.attempt, static_cast<ResetReason>(event.a), engine_.now());
      break;
    default:  // an interim head, which is not forwarded
      worker_.on_response(stream.attempt,
                          {.status = static_cast<std::uint16_t>(event.a), .headers = {}}, false,
                          engine_.now());
      break;
  }
  pump();
}

}  // namespace squall::sim::lab
