#include "scenarios/test_routes.h"

#include <fmt/format.h>

#include <utility>

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

Node scalar(std::string text, const config::Place& place) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = std::move(text);
  node.place = place;
  return node;
}

void put(Node& mapping, std::string key, Node value) {
  const config::Place place = value.place;
  mapping.members.push_back({std::move(key), place, std::move(value)});
}

/// `GET http://app/buy`, or the URL alone, as the fields of a load.
void put_request(const Value& request, Node& load) {
  const std::string& text = request.node().text;
  const std::size_t blank = text.find(' ');
  config::Place place = request.place();
  if (blank != std::string::npos) {
    put(load, "method", scalar(text.substr(0, blank), place));
    place.column += static_cast<int>(blank) + 1;
  }
  put(load, "to", scalar(text.substr(blank == std::string::npos ? 0 : blank + 1), place));
}

void read_destination(Fields& f, RouteCheck& out) {
  RouteDestination& to = out.to.emplace();
  f.require("host", "name the host as a DestinationRule or a route does");
  f.text("host", to.host);
  std::string subset;
  if (f.text("subset", subset)) to.subset = subset;
  f.ratio("share", to.share);
}

void read_check(Fields& f, std::size_t number, RouteCheck& out, Node& loads) {
  Node load;
  load.kind = Node::Kind::kMapping;
  load.place = f.value().place();
  out.load = fmt::format("{}.{}", f.value().path(), number);
  put(load, "name", scalar(out.load, load.place));
  put(load, "rate", scalar("1/s", load.place));
  f.require("request", "write METHOD URL, as in GET http://app/buy");
  if (const Value request = f["request"]) {
    if (request.node().is_scalar()) {
      out.request = request.node().text;
      put_request(request, load);
    } else {
      request.expected("a method and a URL, as in GET http://app/buy");
    }
  }
  f.require("from", "name the workload that calls");
  if (const Value from = f["from"]) {
    if (from.node().is_scalar()) out.from = from.node().text;
    if (out.from == "outside")
      from.error("has no sidecar, so no routes", "name a workload, or gateway/NAME");
    put(load, "from", from.node());
  }
  if (const Value headers = f["headers"]) put(load, "headers", headers.node());
  f.object("to", [&](Fields& to) { read_destination(to, out); });
  Duration timeout{};
  if (f.duration("timeout", timeout)) out.timeout = timeout;
  int number_of = 0;
  if (f.integer("attempts", number_of, {.least = 1, .most = 1'000'000}))
    out.attempts = static_cast<std::uint32_t>(number_of);
  if (f.integer("status", number_of, {.least = 200, .most = 599}))
    out.status = static_cast<std::uint16_t>(number_of);
  if (out.status && (out.to || out.timeout || out.attempts))
    f["status"].error("is of what the sidecar answers by itself", "leave it out beside to");
  if (!out.to && !out.timeout && !out.attempts && !out.status)
    f.value().error("says nothing of the route", "write to, timeout, attempts or status");
  loads.items.push_back(std::move(load));
}

}  // namespace

std::vector<RouteCheck> read_routes(Fields& test, std::vector<Node>& overrides) {
  std::vector<RouteCheck> checks;
  const Value list = test["routes"];
  if (!list) return checks;
  Node loads;
  loads.kind = Node::Kind::kSequence;
  loads.place = list.place();
  test.objects("routes",
               [&](Fields& f) { read_check(f, checks.size(), checks.emplace_back(), loads); });
  if (list.is_sequence() && checks.empty())
    list.error("lists no request",
               "write for example {request: GET http://app/, from: web, to: {host: app}}");
  Node none;
  none.kind = Node::Kind::kSequence;
  none.place = list.place();
  Node spec;
  spec.kind = Node::Kind::kMapping;
  spec.place = list.place();
  put(spec, "load", std::move(loads));
  put(spec, "expect", std::move(none));
  overrides.push_back(std::move(spec));
  return checks;
}

}  // namespace squall::scenarios
