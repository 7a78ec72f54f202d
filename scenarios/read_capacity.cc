#include <fmt/format.h>

#include <algorithm>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

void read_queue(Fields& f, Queue& queue) {
  f.integer("limit", queue.limit, {.least = 0, .most = 1'000'000'000});
  f.choice("order", queue.order,
           {{"fifo", Queue::Order::kFifo},
            {"lifo", Queue::Order::kLifo},
            {"adaptive_lifo", Queue::Order::kAdaptiveLifo}});
  f.choice("full", queue.drops, {{"reject", false}, {"drop", true}});
  Duration timeout{};
  if (f.duration("timeout", timeout, kPositive)) queue.timeout = timeout;
  f.object("codel", [&](Fields& c) {
    ControlledDelay codel;
    c.duration("target", codel.target, kPositive);
    c.duration("interval", codel.interval, kPositive);
    queue.codel = codel;
  });
}

/// How many replicas are where: that is their number, too.
void read_zones(Fields& f, Workload& out) {
  std::int64_t all = 0;
  f.map("zones", [&](const std::string& name, const Value& value) {
    const std::optional<std::int64_t> n = value.integer({.least = 0, .most = kMostReplicas});
    if (name.empty()) value.error("a zone without a name", "write REGION/ZONE");
    if (!n) return;
    out.zones.emplace_back(name, static_cast<int>(*n));
    all += *n;
  });
  if (out.zones.empty()) return;
  if (out.replicas && *out.replicas != all) {
    f["replicas"].error(fmt::format("the zones have {}", all),
                        "leave it out: the zones say how many there are");
  }
  out.replicas = static_cast<int>(std::min<std::int64_t>(all, kMostReplicas + 1));
}

void read_rate_limit(Fields& f, Workload& out) {
  RateLimit limit;
  f.require("rate");
  const std::optional<double> rate = f["rate"].rate(1e9);
  if (rate && *rate <= 0) f["rate"].error("lets nothing through", "write a rate above 0");
  limit.per_s = rate.value_or(1);
  f.integer("burst", limit.burst, {.least = 1, .most = 1'000'000'000});
  f.integer("status", limit.status, {.least = 200, .most = 599});
  out.rate_limit = limit;
}

/// As many values as there are points, one for each.
void read_values(Fields& f, std::string_view name, std::vector<ContentionPoint>& points,
                 auto&& read) {
  std::size_t n = 0;
  const bool there = f.list(name, [&](const Value& one) {
    if (n < points.size()) read(one, points[n]);
    ++n;
  });
  if (there && n != points.size()) {
    f[name].error(fmt::format("{} values for {} numbers in flight", n, points.size()),
                  "write one for each");
  }
}

void read_contention(Fields& f, Workload& out) {
  constexpr std::size_t kMost = 1000;
  f.require("in_flight");
  f.exactly_one({"factor", "add"});
  std::vector<ContentionPoint> points;
  f.list("in_flight", [&](const Value& one) {
    const double at = one.number({.least = 0, .most = 1e9}).value_or(0);
    if (!points.empty() && at <= points.back().in_flight)
      one.error("is not more than the one before", "write them in order");
    points.push_back({.in_flight = at, .factor = 1, .add = {}});
  });
  const Value in_flight = f["in_flight"];
  if (in_flight && in_flight.node().is_sequence() && (points.empty() || points.size() > kMost))
    in_flight.expected(fmt::format("1 to {} numbers", kMost));
  read_values(f, "factor", points, [](const Value& one, ContentionPoint& point) {
    point.factor = one.number({.least = 0, .most = 1e9}).value_or(1);
  });
  read_values(f, "add", points, [](const Value& one, ContentionPoint& point) {
    point.add = one.duration(kDurations).value_or(Duration{});
  });
  out.contention = std::move(points);
}

}  // namespace

void read_capacity(Fields& f, Workload& out) {
  f.integer("replicas", out.replicas, {.least = 0, .most = kMostReplicas});
  read_zones(f, out);
  f.integer("concurrency", out.concurrency, {.least = 1, .most = 1'000'000'000});
  f.object("queue", [&](Fields& q) { read_queue(q, out.queue); });
  f.object("handshake", [&](Fields& h) {
    Handshake handshake;
    h.duration("cpu", handshake.cpu, kDurations);
    h.integer("limit", handshake.limit, {.least = 1, .most = 1'000'000'000});
    out.handshake = handshake;
  });
  f.object("cpu", [&](Fields& c) {
    Cpu cpu;
    cpu.place = f["cpu"].place();
    c.integer("cores", cpu.cores, {.least = 1, .most = 100'000});
    c.choice("sharing", cpu.sharing,
             {{"fifo", Cpu::Sharing::kFifo}, {"processor", Cpu::Sharing::kProcessor}});
    out.cpu = cpu;
  });
  const bool waits = out.concurrency || (out.cpu && out.cpu->sharing == Cpu::Sharing::kFifo);
  if (f["queue"] && !waits) {
    f["queue"].warning(
        "has no effect without concurrency",
        "requests wait when `concurrency` of them are held, or all cores of a `cpu` work");
  }
  f.choice(
      "cancelled", out.cancelled,
      {{"finish", Cancelled::kFinish}, {"skip", Cancelled::kSkip}, {"stop", Cancelled::kStop}});
  f.choice("deadlines", out.honours_deadlines, {{"ignore", false}, {"honour", true}});
  f.object("contention", [&](Fields& c) { read_contention(c, out); });
  f.object("rate_limit", [&](Fields& r) { read_rate_limit(r, out); });
}

}  // namespace squall::scenarios
