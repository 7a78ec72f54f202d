// The clients' connections in the lab: what the proxy's codec and Downstream do with them.
#include <algorithm>

#include "sim/lab/world.h"

namespace squall::sim::lab {

using policies::Command;
using policies::CommandKind;

namespace {

constexpr const char* kDate = "Thu, 01 Jan 1970 00:00:00 GMT";  // any will do

/// Takes the headers off that are about the connection rather than the request, as a codec does.
void read_connection_headers(policies::KeptRequest& request, bool& closes, bool& continues) {
  std::vector<policies::HeaderField>& headers = request.headers;
  if (const auto value = policies::find_header(headers, "connection"))
    closes = policies::equal_text(*value, "close", true);
  if (const auto value = policies::find_header(headers, "expect"))
    continues = policies::equal_text(*value, "100-continue", true);
  for (const std::string_view name : {"connection", "keep-alive", "proxy-connection", "upgrade"})
    policies::remove_field(headers, name);
  if (continues) policies::remove_field(headers, "expect");
  std::erase_if(headers, [](const policies::HeaderField& field) {
    return field.name == "te" && field.value != "trailers";
  });
}

}  // namespace

/// The connection for a request: the kept one that it names, or a new one.
std::size_t World::enter(const scenarios::LabRequest& plan, std::size_t exchange) {
  if (plan.connection) {
    for (std::size_t i = 0; i < doors_.size(); ++i) {
      if (!doors_[i].open || doors_[i].name != *plan.connection) continue;
      doors_[i].exchange = exchange;
      return i;
    }
  }
  Door& door = doors_.emplace_back();
  door.exchange = exchange;
  if (plan.connection) door.name = *plan.connection;
  return doors_.size() - 1;
}

/// A request's head has come to the proxy, and with the first its connection.
void World::accept(Exchange& exchange) {
  Door& door = doors_[exchange.door];
  if (!door.accepted) {
    door.accepted = true;
    stats_.on_connection();
    stats_.on_protocol(false);
    door.downstream.on_open(configuration_, 0, static_cast<std::uint32_t>(exchange.door),
                            engine_.now(), door_commands_, {.log = decisions_});
    carry_out_doors();
  }
  bool continues = false;
  read_connection_headers(exchange.received, exchange.asked_close, continues);
  if (continues) post(EventKind::kInterim, exchange.index, 0, false, 100);
}

/// One end or the other has closed it.
void World::leave(Door& door, bool by_client) {
  door.open = false;
  if (!door.accepted) return;
  door.accepted = false;
  stats_.on_connection_end(by_client, exchanges_[door.exchange].at_proxy);
  door.downstream.on_closed(engine_.now(), door_commands_);
  carry_out_doors();
  worker_.on_client_gone(exchanges_[door.exchange].door + 1);
}

/// Completes a response's head by what its connection has to say.
void World::say_close(Exchange& exchange, bool complete, bool ends_connection) {
  std::vector<policies::HeaderField>& headers = exchange.response.headers;
  policies::set_field(headers, "date", kDate);
  stats_.on_response(exchange.response.status, complete, false);
  if (!complete || ends_connection || exchange.asked_close ||
      doors_[exchange.door].downstream.closes())
    headers.push_back({"connection", "close"});
}

void World::carry_out_doors() {
  while (!door_commands_.empty()) {
    const Command command = door_commands_.pop();
    if (command.kind() == CommandKind::kCloseClient) {
      post(EventKind::kDoorClosed, command.subject());
    } else {
      carry_out(command);  // timers; heads come whole, and nobody speaks HTTP/2
    }
  }
}

/// The proxy has closed it, and its client sees that now.
void World::on_door_closed(std::size_t index) {
  Door& door = doors_[index];
  if (!door.open) return;
  leave(door, false);
  Exchange& exchange = exchanges_[door.exchange];
  if (exchange.done) return;
  if (!exchange.ended) return client_fails(exchange, "closed", false);
  record_.requests[exchange.row].closed_after = true;
  client_done(exchange);
}

}  // namespace squall::sim::lab
