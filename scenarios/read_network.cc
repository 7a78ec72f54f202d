#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;

constexpr config::IntegerRange kRoundTrips{.least = 0, .most = 100};

}  // namespace

void read_network(Fields& f, Network& out) {
  if (f["latency"]) {
    if (std::optional<Distribution> latency = read_distribution(f["latency"]))
      out.latency = *std::move(latency);
  }
  f.object("connect",
           [&](Fields& c) { c.integer("round_trips", out.connect_round_trips, kRoundTrips); });
  f.object("tls", [&](Fields& t) {
    t.integer("round_trips", out.tls_round_trips, kRoundTrips);
    t.duration("cpu", out.tls_cpu, kDurations);
  });
  cannot(f, {"loss", "zones"});
}

}  // namespace squall::scenarios
