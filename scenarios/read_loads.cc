#include <fmt/format.h>

#include <algorithm>

#include "scenarios/arrivals.h"
#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr int kMostUsers = 10'000'000;
constexpr double kMostPerSecond = 1e9;  // an arrival each nanosecond
constexpr double kMostWeight = 1e9;
constexpr int kMostPerUser = 100;
constexpr Duration kConnectTimeout = std::chrono::seconds(127);  // as Linux' tcp_syn_retries

void read_from(Fields& f, Load& out) {
  if (!f.require("from", "name a workload, or write from: outside")) return;
  const Value from = f["from"];
  const std::string text = from.node().text;
  constexpr std::string_view kGateway = "gateway/";
  if (text == "outside") out.where = Load::Where::kOutside;
  if (text.starts_with(kGateway)) out.where = Load::Where::kGateway;
  if (out.outside()) return;
  const std::optional<WorkloadRef> ref =
      read_ref(from, out.gateway() ? kGateway.size() : 0, out.gateway() ? "Gateway" : "workload");
  if (ref) out.from = *ref;
}

bool has_keys(const std::vector<Arrival>& trace) {
  return std::ranges::any_of(trace, [](const Arrival& one) { return one.key != kNone; });
}

void read_keys(Fields& f, Load& out) {
  Keys keys;
  if (f["header"]) {
    if (f.text("header", keys.header) && !is_token(keys.header))
      f["header"].error("no name of a header", "header names have letters, digits and -");
    keys.header = lower(keys.header);
    if (keys.header == "host")
      f["header"].error("host is what `to` says", "name a header of the application's own");
  }
  const std::int64_t most = keys.header.empty() ? kMostKeys : kMostToldKeys;
  if (!has_keys(out.trace)) f.require("zipf", "write zipf: {s: 1.1, of: 1000}");
  f.object("zipf", [&](Fields& z) {
    z.require("of");
    z.number("s", keys.s, {.least = 0, .most = 10});
    z.integer("of", keys.of, {.least = 1, .most = most});
  });
  const auto untold = [&](const Arrival& one) { return one.key != kNone && one.key >= most; };
  if (std::ranges::any_of(out.trace, untold))
    f["header"].error(fmt::format("the trace has keys beyond {}", most),
                      "number them from 1, or leave the header out");
  for (const LoadOperation& one : out.operations) {
    if (std::ranges::find(one.headers, keys.header, &Header::name) == one.headers.end()) continue;
    f["header"].error(fmt::format("{} is one of the headers, too", keys.header),
                      "leave it out there");
    break;
  }
  out.keys = keys;
}

bool has_control_character(std::string_view name) {
  return std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// A name that stands in reports.
void read_name(Fields& f, std::string& out) {
  f.require("name");
  f.text("name", out);
  if (has_control_character(out)) f["name"].error("a control character in a name", "leave it out");
}

/// The headers of both; of two with one name, the first one's.
void add_headers(std::vector<Header>& own, const std::vector<Header>& others) {
  for (const Header& header : others) {
    if (std::ranges::find(own, header.name, &Header::name) == own.end()) own.push_back(header);
  }
}

/// One of a mix; what it does not say is its load's.
LoadOperation read_operation(Fields& f, const LoadOperation& usual, bool has_to,
                             const std::vector<LoadOperation>& others) {
  LoadOperation one{.name = {}, .to = usual.to, .method = usual.method, .headers = {}};
  read_name(f, one.name);
  if (!one.name.empty() &&
      std::ranges::find(others, one.name, &LoadOperation::name) != others.end())
    f["name"].error(fmt::format("\"{}\" is the name of another operation", one.name),
                    "give each operation its own name");
  f.require("weight");
  f.number("weight", one.weight, {.least = 0, .most = kMostWeight, .above = true});
  if (!has_to) require_to(f);
  read_request(f, one.to, one.method, one.headers);
  add_headers(one.headers, usual.headers);
  return one;
}

/// `to`, `method` and `headers`, and the `mix` of which they are what all have in common.
void read_operations(Fields& f, Load& out) {
  LoadOperation usual;
  if (!f["mix"]) require_to(f);
  read_request(f, usual.to, usual.method, usual.headers);
  if (!f["mix"]) return out.operations.push_back(std::move(usual));
  const bool has_to = static_cast<bool>(f["to"]);
  f.objects("mix", [&](Fields& m) {
    out.operations.push_back(read_operation(m, usual, has_to, out.operations));
  });
  if (out.operations.empty() && f["mix"].node().is_sequence())
    f["mix"].expected("at least one operation");
}

void read_rate_steps(Fields& f, Load& out) {
  f.objects("steps", [&](Fields& s) {
    RateStep step;
    s.require("at");
    s.require("rate");
    s.duration("at", step.at, kDurations);
    step.per_s = s["rate"].rate(kMostPerSecond).value_or(0);
    s.duration("ramp", step.ramp, kDurations);
    if (!out.steps.empty()) {
      const RateStep& before = out.steps.back();
      if (step.at <= before.at) {
        s["at"].error(fmt::format("{} is not after {}", to_string(step.at), to_string(before.at)),
                      "write the steps in order");
      } else if (before.at + before.ramp > step.at) {
        s["at"].error(
            fmt::format("the ramp before lasts to {}", to_string(before.at + before.ramp)),
            "begin the step after it");
      }
    }
    out.steps.push_back(step);
  });
  if (f["steps"] && out.steps.empty() && f["steps"].node().is_sequence())
    f["steps"].expected("at least one step");
}

void read_open(Fields& f, Load& out) {
  if (f["rate"]) {
    const std::optional<double> rate = f["rate"].rate(kMostPerSecond);
    out.steps.push_back({.at = {}, .per_s = rate.value_or(0), .ramp = {}});
  }
  read_rate_steps(f, out);
  f.choice("arrivals", out.arrivals,
           {{"poisson", Load::Arrivals::kPoisson}, {"constant", Load::Arrivals::kConstant}});
  if (f["think"]) f["think"].error("is for users", "leave it out beside a rate");
  if (f.boolean("once", out.once) && out.once)
    f["once"].error("is for users", "a rate that ends is one of steps: [{at: 10s, rate: 0/s}]");
}

void read_closed(Fields& f, Load& out) {
  out.kind = Load::Kind::kClosed;
  f.integer("users", out.users, {.least = 1, .most = kMostUsers});
  if (f["think"]) {
    if (std::optional<Distribution> think = read_distribution(f["think"]))
      out.think = *std::move(think);
  }
  f.boolean("once", out.once);
  if (f["arrivals"]) f["arrivals"].error("is for a rate", "leave it out beside users");
}

void read_connections(Fields& f, HeldConnections& out) {
  out.timeout = kConnectTimeout;
  f.integer("per_user", out.per_user, {.least = 1, .most = kMostPerUser});
  f.duration("timeout", out.timeout, kPositive);
  f.object("retry", [&](Fields& r) {
    r.require("backoff", "write backoff: {base: 1s}");
    out.retry.emplace();
    r.object("backoff", [&](Fields& b) { read_retry_backoff(b, out.retry); });
  });
}

/// A gateway's users stand before it: they have no pods of the mesh to choose among.
void check_gateway(Fields& f, const Load& load) {
  if (load.gateway() && load.client && load.client->balance)
    cannot(f["client"], "balance before a gateway", "leave it out: the gateway balances");
}

/// Sidecars hold connections of their own.
void check_connections(Fields& f, const Load& load) {
  if (!f["connections"]) return;
  if (load.kind != Load::Kind::kClosed) {
    f["connections"].error("is for users", "write users, who hold them");
  } else if (!load.outside()) {
    cannot(f["connections"], "connections of a workload's users", "write from: outside");
  } else if (load.client) {
    cannot(f["client"], "a client beside connections", "leave one of the two out");
  } else if (std::int64_t{load.users} * load.connections->per_user > kMostUsers) {
    f["connections"].error(fmt::format("all users together would hold more than {}", kMostUsers),
                           "take fewer users, or fewer of each");
  }
}

void read_trace(Fields& f, const std::filesystem::path& folder, Load& out) {
  out.kind = Load::Kind::kTrace;
  f.object("trace", [&](Fields& t) {
    t.require("file");
    std::string file;
    if (!t.text("file", file) || out.operations.empty()) return;
    const std::string path = (folder / file).string();
    const Result<std::string> text = config::read_text(path);
    Result<std::vector<Arrival>> trace =
        text ? parse_arrivals(*text, path, out.operations) : std::unexpected(text.error());
    if (!trace) return f.value().diagnostics().add(trace.error());
    out.trace = *std::move(trace);
  });
  constexpr std::string_view kAdvice = "leave it out beside a trace";
  for (const std::string_view name : {"arrivals", "think"}) {
    if (!f[name]) continue;
    f[name].error(name == "think" ? "is for users" : "is for a rate", std::string(kAdvice));
  }
  if (f.boolean("once", out.once) && out.once)
    f["once"].error("is for users", std::string(kAdvice));
}

}  // namespace

void read_load(Fields& f, const std::filesystem::path& folder, std::vector<Load>& out) {
  Load load;
  load.place = f.value().node().place;
  read_name(f, load.name);
  read_from(f, load);
  read_operations(f, load);
  if (f.text("zone", load.zone) && !load.outside())
    f["zone"].error("is where `outside` is", "the workload's own zones say where its replicas are");
  read_body(f, load.body);
  read_client(f, load.client);
  f.object("connections", [&](Fields& c) { read_connections(c, load.connections.emplace()); });
  const std::optional<std::size_t> kind = f.exactly_one({"rate", "steps", "users", "trace"});
  if (kind == 3U) {
    read_trace(f, folder, load);
  } else if (kind == 2U) {
    read_closed(f, load);
  } else if (kind) {
    read_open(f, load);
  }
  f.object("keys", [&](Fields& k) { read_keys(k, load); });
  check_connections(f, load);
  check_gateway(f, load);
  f.accept({"rate", "steps", "users", "arrivals", "think", "once"});
  f.finish();
  out.push_back(std::move(load));
}

}  // namespace squall::scenarios
