#include <fmt/format.h>

#include <charconv>
#include <tuple>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;

constexpr config::IntegerRange kRoundTrips{.least = 0, .most = 100};

/// "1Gbps": bits a second.
std::optional<double> read_bandwidth(const config::Value& value) {
  struct Unit {
    std::string_view name;
    double bits;
  };
  static constexpr Unit kUnits[] = {{"Kbps", 1e3}, {"kbps", 1e3},  {"Mbps", 1e6},
                                    {"Gbps", 1e9}, {"Tbps", 1e12}, {"bps", 1}};
  if (value.node().is_scalar()) {
    std::string_view text = value.node().text;
    for (const Unit& unit : kUnits) {
      if (!text.ends_with(unit.name)) continue;
      text.remove_suffix(unit.name.size());
      double count = 0;
      const auto [end, code] =
          std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
      if (code == std::errc{} && end == text.data() + text.size() && count > 0 && count <= 1e9)
        return count * unit.bits;
      break;
    }
  }
  value.expected("a bandwidth such as 1Gbps or 100Mbps");
  return std::nullopt;
}

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
    if (z["bandwidth"]) link.bandwidth = read_bandwidth(z["bandwidth"]);
    out.zones.push_back(std::move(link));
  });
  f.ratio("loss", out.loss, {.least = 0, .most = 0.9});
}

}  // namespace squall::scenarios
