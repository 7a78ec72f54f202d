#include <fmt/format.h>

#include <algorithm>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr std::int64_t kMostKeys = 10'000'000;
constexpr int kMostUsers = 10'000'000;
constexpr double kMostPerSecond = 1e9;  // an arrival each nanosecond

void read_from(Fields& f, Load& out) {
  if (!f.require("from", "name a workload, or write from: outside")) return;
  const Value from = f["from"];
  const std::string text = from.node().text;
  if (text.starts_with("gateway/")) {
    return from.error(fmt::format("\"{}\" cannot be simulated by this version of squall", text),
                      "write a workload or outside");
  }
  if (text == "outside") {
    out.outside = true;
  } else if (const std::optional<WorkloadRef> ref = read_ref(from)) {
    out.from = *ref;
  }
}

void read_keys(Fields& f, Load& out) {
  Keys keys;
  f.require("zipf", "write zipf: {s: 1.1, of: 1000}");
  f.object("zipf", [&](Fields& z) {
    z.require("of");
    z.number("s", keys.s, {.least = 0, .most = 10});
    z.integer("of", keys.of, {.least = 1, .most = kMostKeys});
  });
  cannot(f, {"header"});
  out.keys = keys;
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
}

void read_closed(Fields& f, Load& out) {
  out.kind = Load::Kind::kClosed;
  f.integer("users", out.users, {.least = 1, .most = kMostUsers});
  if (f["think"]) {
    if (std::optional<Distribution> think = read_distribution(f["think"]))
      out.think = *std::move(think);
  }
  if (f["arrivals"]) f["arrivals"].error("is for a rate", "leave it out beside users");
}

}  // namespace

void read_load(Fields& f, std::vector<Load>& out) {
  Load load;
  load.place = f.value().node().place;
  f.require("name");
  f.text("name", load.name);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(load.name, is_control))
    f["name"].error("a control character in a name", "leave it out");
  read_from(f, load);
  if (f["mix"]) {
    f.accept({"to"});
  } else {
    read_request(f, load.to, load.method, load.headers);
  }
  if (f.text("zone", load.zone) && !load.outside)
    f["zone"].error("is where `outside` is", "the workload's own zones say where its replicas are");
  read_body(f, load.body);
  f.object("keys", [&](Fields& k) { read_keys(k, load); });
  cannot(f, {"trace", "mix", "connections"});
  read_client(f, load.client);
  bool once = false;
  if (f.boolean("once", once) && once) cannot(f, {"once"});
  if (!f["trace"]) {
    const std::optional<std::size_t> kind = f.exactly_one({"rate", "steps", "users"});
    if (kind == 2U) {
      read_closed(f, load);
    } else if (kind) {
      read_open(f, load);
    }
  }
  f.accept({"rate", "steps", "users", "arrivals", "think", "method", "headers"});
  f.finish();
  out.push_back(std::move(load));
}

}  // namespace squall::scenarios
