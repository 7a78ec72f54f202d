#include <fmt/format.h>

#include <tuple>

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
  f.objects("zones", [&](Fields& z) {
    ZoneLink link;
    link.place = z.value().node().place;
    z.require("between", "write the two zones, as in between: [east/1, west/1]");
    z.require("latency");
    std::vector<std::string> between;
    if (z.texts("between", between) && between.size() != 2)
      z["between"].error(fmt::format("{} zones", between.size()), "write two");
    between.resize(2);
    std::tie(link.one, link.other) = std::tie(between[0], between[1]);
    if (z["latency"]) {
      if (std::optional<Distribution> latency = read_distribution(z["latency"]))
        link.latency = *std::move(latency);
    }
    cannot(z, {"bandwidth"});
    out.zones.push_back(std::move(link));
  });
  f.ratio("loss", out.loss, {.least = 0, .most = 0.9});
}

}  // namespace squall::scenarios
