// The lab's client: sends requests as planned, notes what comes back.
#include <fmt/format.h>

#include "sim/lab/client_end.h"
#include "sim/lab/world.h"

namespace squall::sim::lab {

namespace {
constexpr std::uint64_t kMostBody = 4096;

/// A header's value without the spaces around it, as a codec reads it.
std::string_view trimmed(std::string_view value) {
  const std::size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}
}  // namespace

void World::start_request(std::size_t lane_index) {
  Lane& lane = lanes_[lane_index];
  const scenarios::LabRequest& plan = lane.plan->requests[lane.next++];
  Exchange& exchange = exchanges_.emplace_back();
  const std::size_t index = exchanges_.size() - 1;
  exchange.index = index;
  exchange.plan = &plan;
  exchange.lane = lane_index;
  exchange.row = record_.requests.size();
  RequestRecord& row = record_.requests.emplace_back();
  row.id = plan.id;
  row.start = engine_.now();
  exchange.door = enter(plan, index);
  post(EventKind::kHead, index);
  if (!plan.pieces.empty()) {
    after(plan.pieces.front().after, EventKind::kNextPiece, index);
  } else if (plan.chunked) {
    post(EventKind::kRequestEnd, index);
  }
  if (plan.abort_after) after(*plan.abort_after, EventKind::kAbort, index);
  after(plan.timeout, EventKind::kTimeout, index);
}

void World::on_head(Exchange& exchange) {
  const scenarios::LabRequest& plan = *exchange.plan;
  policies::KeptRequest& received = exchange.received;
  received.method = plan.method;
  received.path = plan.path;
  for (const auto& [name, value] : plan.headers) {
    if (name == "host") {
      received.authority = value;
    } else {
      received.headers.push_back({name, trimmed(value)});
    }
  }
  accept(exchange);
  stats_.on_request(false);
  received.scheme = {};
  received.peer = kClientAddress;
  received.peer_port = client_port(exchange.door);
  received.local = kClientAddress;
  received.local_port = port_;
  received.connection = exchange.door + 1;
  const bool end = plan.pieces.empty() && !plan.chunked;
  exchange.complete = end;
  doors_[exchange.door].downstream.on_request(false, engine_.now(), door_commands_);
  carry_out_doors();
  const policies::Reception reception = policies::receive_request(
      configuration_.epoch.listeners.front(), fmt::format("{:032x}", ++request_ids_), received);
  if (reception != policies::Reception::kTaken) return refuse(exchange, reception);
  const policies::RequestHead head = received.view();
  exchange.at_proxy = true;
  exchange.request = worker_.on_request(0, head, mix(mix(seed_, hash_name(plan.id)), request_ids_),
                                        end, engine_.now());
  const std::uint32_t slot = exchange.request.index;
  if (slot >= exchange_of_.size()) exchange_of_.resize(slot + 1);
  exchange_of_[slot] = exchange.index;
  pump();
}

/// The connection manager's own answer, before any route is looked for.
void World::refuse(Exchange& exchange, policies::Reception why) {
  const policies::Refusal refusal = policies::refusal_of(why);
  stats_.on_refusal(why);
  --stats_.requests_active;
  policies::refuse_request(configuration_.epoch.listeners.front(), refusal, exchange.received,
                           exchange.response);
  policies::frame_response(exchange.received.method, true, exchange.response);
  say_close(exchange, exchange.complete, policies::ends_connection(refusal.status));
  exchange.response_ends = true;
  LogRecord log;
  log.code = exchange.response.status;
  log.flags = refusal.flag;
  log.details = refusal.details;
  record_.requests[exchange.row].log = std::move(log);
  post(EventKind::kAnswerHead, exchange.index);
  doors_[exchange.door].downstream.on_request_end(engine_.now(), door_commands_);
  carry_out_doors();
}

void World::on_piece_due(Exchange& exchange) {
  if (exchange.done) return;
  const scenarios::LabRequest& plan = *exchange.plan;
  const scenarios::LabPiece& piece = plan.pieces[exchange.next_piece++];
  const bool last = exchange.next_piece == plan.pieces.size();
  post(EventKind::kPiece, exchange.index, static_cast<std::uint32_t>(piece.length),
       last && !plan.chunked);
  if (last && plan.chunked) post(EventKind::kRequestEnd, exchange.index);
  if (!last) after(plan.pieces[exchange.next_piece].after, EventKind::kNextPiece, exchange.index);
}

void World::on_piece(Exchange& exchange, std::uint64_t bytes, bool end) {
  exchange.complete = exchange.complete || end;
  if (!exchange.at_proxy) return;
  worker_.on_request_body(exchange.request, bytes, end, engine_.now());
  pump();
}

void World::on_answer_head(Exchange& exchange) {
  if (exchange.done) return;
  RequestRecord& row = record_.requests[exchange.row];
  if (!exchange.plan->abort_after) {
    row.headers_at = engine_.now();
    row.status = exchange.response.status;
    for (const auto& [name, value] : exchange.response.headers)
      row.headers.push_back({std::string(name), std::string(trimmed(value))});
  }
  for (const policies::HeaderField& header : exchange.response.headers) {
    if (header.name == "connection" && header.value == "close") exchange.close = true;
  }
  if (exchange.response_ends) on_answer_end(exchange);
}

void World::on_answer_body(Exchange& exchange, std::uint64_t bytes, bool end) {
  if (exchange.done) return;
  RequestRecord& row = record_.requests[exchange.row];
  if (!exchange.plan->abort_after) {
    row.body_length += bytes;
    if (row.body_length > kMostBody || exchange.response.body.empty()) {
      row.body.reset();
    } else {
      row.body = std::string(exchange.response.body.substr(0, row.body_length));
    }
    if (row.body_length == 0) row.body = "";
  }
  if (end) on_answer_end(exchange);
}

void World::on_answer_end(Exchange& exchange) {
  if (exchange.done || exchange.plan->abort_after) return;
  exchange.ended = true;
  record_.requests[exchange.row].closed_after = exchange.close;
  if (exchange.close) leave(doors_[exchange.door], true);
  if (exchange.plan->watch_close && !exchange.close) {
    after(*exchange.plan->watch_close, EventKind::kWatch, exchange.index);
    return;
  }
  client_done(exchange);
}

/// The client's side of a failure; the proxy sees the connection go.
void World::client_fails(Exchange& exchange, const char* error, bool tells_proxy) {
  if (exchange.done) return;
  RequestRecord& row = record_.requests[exchange.row];
  row.error = error;
  if (tells_proxy) post(EventKind::kClientReset, exchange.index);
  if (!tells_proxy) leave(doors_[exchange.door], false);
  client_done(exchange);
}

void World::client_done(Exchange& exchange) {
  exchange.done = true;
  record_.requests[exchange.row].end = engine_.now();
  if (!exchange.plan->connection && !exchange.at_proxy) leave(doors_[exchange.door], true);
  lane_request_done(exchange);
}

}  // namespace squall::sim::lab
