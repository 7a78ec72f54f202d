#include "scenarios/lab_plan.h"

#include <algorithm>

#include "config/fields.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

Duration from_ms(double ms) { return Duration(static_cast<std::int64_t>(ms * 1e6 + 0.5)); }

Duration ms_of(Fields& f, std::string_view name) {
  double ms = 0;
  f.number(name, ms, {.least = 0});
  return from_ms(ms);
}

std::optional<Duration> maybe_ms(Fields& f, std::string_view name) {
  std::optional<double> ms;
  f.number(name, ms, {.least = 0});
  return ms ? std::optional(from_ms(*ms)) : std::nullopt;
}

LabHeaders headers_of(Fields& f, std::string_view name) {
  LabHeaders headers;
  f.list(name, [&](const Value& pair) {
    if (!pair.is_sequence() || pair.node().items.size() != 2) return;
    headers.emplace_back(pair.node().items[0].text, pair.node().items[1].text);
  });
  return headers;
}

LabAnswer read_answer(Fields& f) {
  LabAnswer answer;
  f.choice("action", answer.action,
           {{"respond", LabAnswer::Action::kRespond},
            {"reset", LabAnswer::Action::kReset},
            {"close", LabAnswer::Action::kClose},
            {"hang", LabAnswer::Action::kHang}});
  f.integer("status", answer.status);
  answer.headers = headers_of(f, "headers");
  f.text("body", answer.body);
  f.integer("body_length", answer.body_length);
  f.boolean("chunked", answer.chunked);
  answer.trailers = headers_of(f, "trailers");
  answer.delay = ms_of(f, "delay");
  answer.body_delay = ms_of(f, "body_delay");
  f.choice("then", answer.then,
           {{"reset", LabAnswer::Then::kReset},
            {"close", LabAnswer::Then::kClose},
            {"hang", LabAnswer::Then::kHang}});
  f.integer("sent", answer.sent);
  f.list("interim", [&](const Value& code) {
    if (const auto status = code.integer({}))
      answer.interim.push_back(static_cast<std::uint16_t>(*status));
  });
  f.boolean("close_connection", answer.close_connection);
  f.boolean("early", answer.early);
  f.integer("reset_code", answer.reset_code);
  f.unsupported({"raw"});
  return answer;
}

std::optional<LabSpan> span_of(Fields& f, std::string_view name) {
  std::vector<std::uint64_t> ends;
  f.list(name, [&](const Value& end) {
    if (const auto number = end.whole()) ends.push_back(*number);
  });
  if (ends.size() != 2) return std::nullopt;
  return LabSpan{ends[0], ends[1]};
}

LabRule read_rule(Fields& f) {
  LabRule rule;
  f.object("when", [&](Fields& when) {
    rule.n = span_of(when, "n");
    rule.attempt = span_of(when, "try");
    rule.connection_request = span_of(when, "connection_request");
    when.text("path", rule.path);
    when.map("header", [&](const std::string& name, const Value& value) {
      if (const auto text = value.text()) rule.headers.emplace_back(name, *text);
    });
  });
  f.object("answer", [&](Fields& answer) { rule.answer = read_answer(answer); });
  return rule;
}

std::vector<LabRule> rules_of(Fields& f) {
  std::vector<LabRule> rules;
  f.objects("rules", [&](Fields& rule) { rules.push_back(read_rule(rule)); });
  return rules;
}

template <class Out>
bool connect_of(Fields& f, Out& out) {
  return f.choice("connect", out,
                  {{"accept", LabConnect::kAccept},
                   {"refuse", LabConnect::kRefuse},
                   {"hang", LabConnect::kHang}});
}

LabEndpoint read_endpoint(Fields& f) {
  LabEndpoint endpoint;
  f.text("name", endpoint.name);
  f.text("address", endpoint.address);
  f.integer("port", endpoint.port);
  std::string protocol;
  f.text("protocol", protocol);
  endpoint.http2 = protocol == "http2";
  connect_of(f, endpoint.connect);
  f.integer("max_concurrent_streams", endpoint.max_streams);
  endpoint.rules = rules_of(f);
  return endpoint;
}

LabRequest read_request(Fields& f) {
  LabRequest request;
  f.text("id", request.id);
  f.text("connection", request.connection);
  f.text("method", request.method);
  f.text("path", request.path);
  request.headers = headers_of(f, "headers");
  f.accept({"body"});
  f.integer("body_length", request.body_length);
  f.boolean("chunked", request.chunked);
  f.objects("pieces", [&](Fields& piece) {
    LabPiece one{.after = ms_of(piece, "after")};
    piece.integer("length", one.length);
    request.pieces.push_back(one);
  });
  f.unsupported({"raw"});
  request.abort_after = maybe_ms(f, "abort_after");
  request.watch_close = maybe_ms(f, "watch_close");
  request.timeout = ms_of(f, "timeout");
  f.objects("script", [&](Fields& answer) { request.script.push_back(read_answer(answer)); });
  return request;
}

void read_changes(Fields& f, LabStep& step) {
  f.map("endpoints", [&](const std::string& name, const Value& value) {
    LabStep::Change change;
    change.endpoint = name;
    Fields one(value);
    if (one["rules"].is_sequence()) change.rules = rules_of(one);
    connect_of(one, change.connect);
    one.boolean("drop_connections", change.drop_connections);
    one.finish();
    step.changes.push_back(std::move(change));
  });
}

void read_until(Fields& f, LabStep& step) {
  f.object("flag", [&](Fields& flag) {
    flag.text("cluster", step.cluster);
    flag.text("host", step.host);
    flag.text("flag", step.flag);
    flag.boolean("present", step.present);
  });
  f.object("stat", [&](Fields& stat) {
    stat.text("stat", step.stat);
    stat.integer("low", step.low);
    stat.integer("high", step.high);
  });
  step.time = ms_of(f, "poll");
  step.timeout = ms_of(f, "timeout");
  f.text("mark", step.mark);
}

LabStep read_step(Fields& f) {
  using Kind = LabStep::Kind;
  LabStep step;
  f.choice("do", step.kind,
           {{"send", Kind::kSend},
            {"wait", Kind::kWait},
            {"at", Kind::kAt},
            {"mark", Kind::kMark},
            {"join", Kind::kJoin},
            {"set", Kind::kSet},
            {"runtime", Kind::kRuntime},
            {"health", Kind::kHealth},
            {"until", Kind::kUntil},
            {"stats", Kind::kStats},
            {"probes", Kind::kProbes}});
  switch (step.kind) {
    case Kind::kSend:
      f.text("id", step.id);
      f.boolean("background", step.background);
      step.time = ms_of(f, "lead");
      f.objects("lanes", [&](Fields& lane) {
        LabLane one{.start = ms_of(lane, "start"), .gap = ms_of(lane, "gap"), .requests = {}};
        lane.objects("requests",
                     [&](Fields& request) { one.requests.push_back(read_request(request)); });
        step.lanes.push_back(std::move(one));
      });
      break;
    case Kind::kWait:
    case Kind::kAt:
      step.time = ms_of(f, "ms");
      break;
    case Kind::kMark:
      f.text("name", step.id);
      break;
    case Kind::kSet:
      read_changes(f, step);
      break;
    case Kind::kHealth:
      f.text("cluster", step.cluster);
      break;
    case Kind::kUntil:
      read_until(f, step);
      break;
    case Kind::kStats:
      f.texts("names", step.names);
      break;
    case Kind::kRuntime:
      f.unsupported({"values"});
      break;
    case Kind::kProbes:
      f.accept({"endpoint", "path"});
      break;
    case Kind::kJoin:
      break;
  }
  return step;
}

}  // namespace

Result<LabPlan> read_lab_plan(const std::vector<config::Node>& documents) {
  if (documents.size() != 1) return error("a plan is one document");
  Diagnostics problems;
  LabPlan plan;
  Fields f(documents.front(), "plan", problems);
  f.text("case", plan.name);
  f.accept({"title", "section", "listener", "admin"});
  if (const Value bootstrap = f["bootstrap"]; bootstrap.is_mapping())
    plan.bootstrap = bootstrap.node();
  f.objects("endpoints",
            [&](Fields& endpoint) { plan.endpoints.push_back(read_endpoint(endpoint)); });
  f.objects("steps", [&](Fields& step) { plan.steps.push_back(read_step(step)); });
  f.finish();
  if (problems.has_errors()) return std::unexpected(std::move(problems));
  return plan;
}

Result<LabPlan> load_lab_plan(const std::string& path) {
  const auto documents = config::load_documents(path);
  if (!documents) return std::unexpected(documents.error());
  return read_lab_plan(*documents);
}

}  // namespace squall::scenarios
