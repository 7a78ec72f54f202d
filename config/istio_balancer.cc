// The loadBalancer block of a DestinationRule.
#include <fmt/format.h>

#include <algorithm>

#include "config/istio_check.h"
#include "config/istio_policy.h"

namespace squall::config {
namespace {

bool is_prime(std::uint64_t n) {
  for (std::uint64_t i = 2; i * i <= n; ++i) {
    if (n % i == 0) return false;
  }
  return n > 1;
}

void read_hash(Fields& f, ConsistentHash& out) {
  using On = ConsistentHash::On;
  f.exactly_one({"httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"});
  if (f.text("httpHeaderName", out.name)) out.on = On::kHeader;
  if (f.text("httpQueryParameterName", out.name)) out.on = On::kQuery;
  bool source_ip = false;
  if (f.boolean("useSourceIp", source_ip)) out.on = On::kSourceIp;
  f.object("httpCookie", [&](Fields& g) {
    out.on = On::kCookie;
    g.require("name");
    g.text("name", out.name);
    g.text("path", out.cookie_path);
    g.duration("ttl", out.cookie_ttl);
    g.not_honoured({"attributes"});
  });
  f.at_most_one({"ringHash", "maglev"});
  if (const Value old = f["minimumRingSize"]; old) {
    f.integer("minimumRingSize", out.ring_size);
    old.warning("is deprecated", "write ringHash.minimumRingSize");
  }
  f.object("ringHash", [&](Fields& g) { g.integer("minimumRingSize", out.ring_size); });
  f.object("maglev", [&](Fields& g) {
    g.require("tableSize");
    if (!g.integer("tableSize", out.maglev_size)) return;
    if (*out.maglev_size >= 5'000'011 || !is_prime(*out.maglev_size)) {
      g["tableSize"].error("a table's size is a prime below 5000011", "65537 is a usual one");
    }
  });
}

void read_distribute(Fields& f, LocalitySetting::Distribute& out) {
  f.text("from", out.from);
  std::int64_t total = 0;
  f.map("to", [&](const std::string& key, const Value& value) {
    const auto weight = value.integer({1, 100});
    if (!weight) return;
    total += *weight;
    out.to.emplace_back(key, static_cast<std::uint32_t>(*weight));
  });
  if (total != 100 && !out.to.empty()) {
    f["to"].error(fmt::format("the weights add up to {}", total), "make them 100 together");
  }
}

}  // namespace

void read_locality(Fields& f, LocalitySetting& out) {
  f.objects("distribute", [&](Fields& g) { read_distribute(g, out.distribute.emplace_back()); });
  f.objects("failover", [&](Fields& g) {
    auto& [from, to] = out.failover.emplace_back();
    g.text("from", from);
    g.text("to", to);
    if (from == to) g.value().error("from and to are the same region");
    if ((from + to).find_first_of("/*") != std::string::npos) {
      g.value().error("from and to are regions, without zones or wildcards");
    }
  });
  f.texts("failoverPriority", out.failover_priority);
  f.boolean("enabled", out.enabled);
  f.at_most_one({"distribute", "failover"});
}

void read_balancer(Fields& f, LoadBalancer& out) {
  f.at_most_one({"simple", "consistentHash"});
  f.choice("simple", out.simple,
           {{"UNSPECIFIED", std::string("UNSPECIFIED")},
            {"LEAST_CONN", std::string("LEAST_CONN")},
            {"LEAST_REQUEST", std::string("LEAST_REQUEST")},
            {"ROUND_ROBIN", std::string("ROUND_ROBIN")},
            {"RANDOM", std::string("RANDOM")},
            {"PASSTHROUGH", std::string("PASSTHROUGH")}});
  f.object("consistentHash", [&](Fields& g) { read_hash(g, out.hash.emplace()); });
  f.object("localityLbSetting", [&](Fields& g) { read_locality(g, out.locality.emplace()); });
  f.at_most_one({"localityLbSetting", "zoneAwareLbSetting"});
  f.not_honoured({"zoneAwareLbSetting"});
  std::optional<Duration> old;
  if (read_ms(f, "warmupDurationSecs", old)) {
    out.warmup = Warmup{.duration = *old, .minimum_percent = {}, .aggression = {}, .plain = true};
  }
  f.object("warmup", [&](Fields& g) {
    Warmup warmup;
    std::optional<Duration> duration;
    g.require("duration");
    read_ms(g, "duration", duration);
    warmup.duration = duration.value_or(Duration(0));
    g.number("minimumPercent", warmup.minimum_percent, {.least = 0, .most = 100});
    g.number("aggression", warmup.aggression, {.least = 0, .above = true});
    out.warmup = warmup;
  });
}

}  // namespace squall::config
