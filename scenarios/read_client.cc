#include <array>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr double kMostTokens = 1e9;

void read_max(const Value& value, ClientRetries& out) {
  if (!value) return;
  if (value.node().is_scalar() && value.node().text == "unlimited") return;
  out.max = value.integer({.least = 0, .most = 1'000'000}).value_or(0);
}

void read_conditions(Fields& f, ClientRetries& out) {
  if (!f["on"]) return;
  out.on_5xx = out.on_reset = out.on_timeout = out.on_429 = false;
  constexpr std::array<std::string_view, 4> kNames = {"5xx", "reset", "timeout", "429"};
  f.list("on", [&](const Value& value) {
    const std::optional<std::size_t> which = value.one_of(kNames);
    out.on_5xx = out.on_5xx || which == 0U;
    out.on_reset = out.on_reset || which == 1U;
    out.on_timeout = out.on_timeout || which == 2U;
    out.on_429 = out.on_429 || which == 3U;
  });
}

void read_token_budget(Fields& f, ClientRetries& out) {
  const config::NumberRange range{.least = 0, .most = kMostTokens};
  TokenBudget budget;
  f.number("tokens", budget.tokens, {.least = 0, .most = kMostTokens, .above = true});
  f.number("per_call", budget.per_call, range);
  f.number("per_success", budget.per_success, range);
  f.number("per_retry", budget.per_retry, range);
  f.number("per_failure", budget.per_failure, range);
  f.number("floor", budget.floor, range);
  if (budget.floor >= budget.tokens && budget.tokens > 0)
    f["floor"].error("leaves no token for a retry", "make it less than tokens");
  out.token_budget = budget;
}

void read_ratio_budget(Fields& f, ClientRetries& out) {
  RatioBudget budget{.window = std::chrono::seconds(10)};
  f.ratio("ratio", budget.ratio);
  f.duration("window", budget.window, kPositive);
  f.rate("reserve", budget.reserve_per_s);
  out.ratio_budget = budget;
}

void read_budget(Fields& f, ClientRetries& out) {
  const std::optional<std::size_t> kind = f.exactly_one({"tokens", "ratio"});
  if (kind == 0U) read_token_budget(f, out);
  if (kind == 1U) read_ratio_budget(f, out);
  const auto of_other = [&](std::initializer_list<std::string_view> names, std::string_view owner) {
    for (const std::string_view name : names) {
      if (f[name]) f[name].error("is of a budget with " + std::string(owner), "leave it out");
    }
  };
  if (kind == 0U) of_other({"window", "reserve"}, "ratio");
  if (kind == 1U)
    of_other({"per_call", "per_success", "per_retry", "per_failure", "floor"}, "tokens");
  f.accept({"per_call", "per_success", "per_retry", "per_failure", "floor", "window", "reserve"});
}

void read_retries(Fields& f, ClientRetries& out) {
  f.require("max", "write a number, or unlimited");
  read_max(f["max"], out);
  read_conditions(f, out);
  f.object("backoff", [&](Fields& b) { read_retry_backoff(b, out.backoff); });
  f.object("budget", [&](Fields& b) { read_budget(b, out); });
}

void read_breaker(Fields& f, ClientBreaker& out) {
  using Stops = ClientBreaker::Stops;
  f.require("failures", "write the share of tries above which it opens");
  f.ratio("failures", out.failures);
  out.window = std::chrono::seconds(10);
  if (f["window"] && f["window"].node().is_scalar() && f["window"].node().text == "lifetime") {
    out.window.reset();
  } else {
    f.duration("window", out.window, kPositive);
  }
  f.integer("minimum", out.minimum, {.least = 1, .most = 1'000'000'000});
  f.choice("stops", out.stops, {{"calls", Stops::kCalls}, {"retries", Stops::kRetries}});
  out.open_for = std::chrono::seconds(5);
  f.duration("open_for", out.open_for, kPositive);
  if (f["open_for"] && out.stops == Stops::kRetries)
    f["open_for"].error("is of a breaker that stops calls",
                        "leave it out: retries go on once fewer fail");
}

void read_throttle(Fields& f, ClientThrottle& out) {
  f.number("k", out.k, {.least = 1, .most = 1000});
  out.window = std::chrono::minutes(2);
  f.duration("window", out.window, kPositive);
}

void read_hedge(Fields& f, ClientHedge& out) {
  f.require("after");
  f.duration("after", out.after, kPositive);
  f.integer("max", out.max, {.least = 1, .most = kMostHedges});
}

void read_connections(Fields& f, ClientConnections& out) {
  f.require("max");
  f.integer("max", out.max, {.least = 1, .most = 1'000'000});
  f.duration("wait", out.wait, kDurations);
}

void read_balance(Fields& f, ClientBalance& out) {
  f.integer("choices", out.choices, {.least = 1, .most = 1000});
  constexpr std::array<std::string_view, 1> kBy = {"queue"};
  (void)f["by"].one_of(kBy);
  f.duration("refresh", out.refresh, {.least = std::chrono::milliseconds(1), .most = kLongest});
}

}  // namespace

void read_client(Fields& fields, std::optional<Client>& out) {
  fields.object("client", [&](Fields& f) {
    Client client;
    f.duration("timeout", client.timeout, kPositive);
    f.object("retries", [&](Fields& r) { read_retries(r, client.retries.emplace()); });
    f.object("breaker", [&](Fields& b) { read_breaker(b, client.breaker.emplace()); });
    f.object("throttle", [&](Fields& t) { read_throttle(t, client.throttle.emplace()); });
    f.object("hedge", [&](Fields& h) { read_hedge(h, client.hedge.emplace()); });
    f.object("connections", [&](Fields& c) { read_connections(c, client.connections.emplace()); });
    f.object("balance", [&](Fields& b) { read_balance(b, client.balance.emplace()); });
    if (client != Client{}) out = client;
  });
}

}  // namespace squall::scenarios
