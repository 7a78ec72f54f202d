#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "scenarios/read_parts.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr config::DurationRange kTimes{.least = Duration(0), .most = Distribution::kLongest};
constexpr std::array<std::string_view, 11> kKinds = {
    "constant", "exponential", "lognormal",        "uniform",   "normal", "gamma",
    "weibull",  "pareto",      "hyperexponential", "empirical", "mixture"};

/// A distribution that its factory made, or its complaint at the value.
std::optional<Distribution> made(const Value& value, Result<Distribution> result) {
  if (result) return *std::move(result);
  for (const Diagnostic& one : result.error().all()) {
    // It begins with the kind, and so does the value's path end.
    const std::string_view what = one.what;
    const std::size_t colon = what.find(": ");
    const bool twice =
        colon != std::string_view::npos && value.path().ends_with(what.substr(0, colon));
    value.report(one.severity, twice ? what.substr(colon + 2) : what, one.advice);
  }
  return std::nullopt;
}

/// The parameters of a kind, by name; wrong or missing ones are reported.
class Times {
 public:
  explicit Times(Fields& fields) : fields_(fields) {}
  Duration time(std::string_view name) {
    Duration out{};
    good_ = fields_.require(name) && fields_.duration(name, out, kTimes) && good_;
    return out;
  }
  double number(std::string_view name) {
    double out = 0;
    good_ = fields_.require(name) && fields_.number(name, out) && good_;
    return out;
  }
  std::optional<Duration> maybe(std::string_view name) {
    std::optional<Duration> out;
    if (fields_[name]) good_ = fields_.duration(name, out, kTimes) && good_;
    return out;
  }
  bool good() const { return good_; }

 private:
  Fields& fields_;
  bool good_ = true;
};

/// make(Times&) of a mapping's parameters.
std::optional<Distribution> of_mapping(const Value& value, auto&& make) {
  if (!value.is_mapping()) return std::nullopt;
  Fields f(value);
  Times times(f);
  Result<Distribution> result = make(times, f);
  f.finish();
  if (!times.good()) return std::nullopt;
  return made(value, std::move(result));
}

/// A bare duration stands for the parameter of that name: `exponential: 5ms`.
std::optional<Distribution> one_time(const Value& value, std::string_view name,
                                     Result<Distribution> (*make)(Duration)) {
  if (value.node().is_scalar()) {
    const std::optional<Duration> time = value.duration(kTimes);
    if (!time) return std::nullopt;
    return made(value, make(*time));
  }
  return of_mapping(value, [&](Times& t, Fields&) { return make(t.time(name)); });
}

std::optional<Distribution> lognormal(const Value& value) {
  return of_mapping(value, [](Times& t, Fields& f) {
    f.hide({"p90", "p95", "p999"});
    for (const char* other : {"p90", "p95", "p999"}) {
      if (!f[other]) continue;
      f[other].error(
          "a lognormal is given by p50 and p99",
          fmt::format("write p99, or empirical: {{quantiles: {{p50: .., {}: ..}}}}", other));
      f.accept({"p50", "p99"});
      return Distribution::constant(Duration(1));
    }
    if (!f.has("mean") && !f.has("sigma"))
      return Distribution::lognormal_quantiles(t.time("p50"), t.time("p99"));
    if (f["p50"] || f["p99"]) {
      f.value().error("p50 and p99 exclude mean and sigma", "keep one pair of them");
      f.accept({"mean", "sigma"});
      return Distribution::lognormal_quantiles(t.time("p50"), t.time("p99"));
    }
    const Duration mean = t.time("mean");
    return Distribution::lognormal(mean, t.number("sigma"));
  });
}

std::optional<Distribution> hyperexponential(const Value& value) {
  if (!value.is_sequence()) return std::nullopt;
  std::vector<Distribution::WeightedMean> parts;
  bool good = true;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    if (!value.item(i)) value.item(i).expected("a mapping");
    Fields f(value.item(i));
    Times t(f);
    const double weight = t.number("weight");
    parts.push_back({weight, t.time("mean")});
    f.finish();
    good = good && t.good();
  }
  if (!good) return std::nullopt;
  return made(value, Distribution::hyperexponential(parts));
}

std::optional<Distribution> mixture(const Value& value) {
  if (!value.is_sequence()) return std::nullopt;
  std::vector<Distribution::Part> parts;
  bool good = true;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    if (!value.item(i)) value.item(i).expected("a mapping");
    Fields f(value.item(i));
    Times t(f);
    const double weight = t.number("weight");
    std::optional<Distribution> of;
    if (f.require("of")) of = read_distribution(f["of"]);
    f.finish();
    good = good && t.good() && of;
    if (of) parts.push_back({weight, *std::move(of)});
  }
  if (!good) return std::nullopt;
  return made(value, Distribution::mixture(parts));
}

/// "p99" or "p99.9" as 0.99 or 0.999.
std::optional<double> quantile_of(std::string_view name) {
  double percent = 0;
  if (!name.starts_with('p')) return std::nullopt;
  const auto [end, code] = std::from_chars(name.data() + 1, name.data() + name.size(), percent,
                                           std::chars_format::fixed);
  if (code != std::errc{} || end != name.data() + name.size() || percent < 0 || percent > 100)
    return std::nullopt;
  return percent / 100;
}

std::optional<Distribution> empirical(const Value& value) {
  if (!value.is_mapping()) return std::nullopt;
  Fields f(value);
  cannot(f, {"file"}, "write the values or quantiles here");
  std::vector<Duration> values;
  std::vector<Distribution::Quantile> quantiles;
  bool good = !f["file"];
  f.list("values", [&](const Value& item) {
    if (!item) item.expected("a duration");
    const std::optional<Duration> time = item.duration(kTimes);
    good = good && time;
    if (time) values.push_back(*time);
  });
  const Value named = f["quantiles"];
  const auto read_quantile = [&](const config::Node::Member& member) {
    const Value item = named.member(member);
    const std::optional<double> q = quantile_of(member.key);
    if (!q) item.error_at(member.place, "no name of a quantile", "write p50, p99, p99.9");
    if (!item) item.expected("a duration");
    const std::optional<Duration> time = item.duration(kTimes);
    good = good && q && time;
    if (q && time) quantiles.push_back({*q, *time});
  };
  if (named.is_mapping()) std::ranges::for_each(named.node().members, read_quantile);
  const std::optional<std::size_t> which =
      f["file"] ? std::nullopt : f.exactly_one({"values", "quantiles"});
  f.finish();
  if (!good || !which) return std::nullopt;
  if (*which == 0) return made(value, Distribution::empirical(std::move(values)));
  return made(value, Distribution::empirical_quantiles(std::move(quantiles)));
}

std::optional<Distribution> parametric(std::string_view kind, const Value& value) {
  if (kind == "constant") return one_time(value, "value", Distribution::constant);
  if (kind == "exponential") return one_time(value, "mean", Distribution::exponential);
  if (kind == "lognormal") return lognormal(value);
  if (kind == "uniform") {
    return of_mapping(value, [](Times& t, Fields&) {
      const Duration min = t.time("min");
      return Distribution::uniform(min, t.time("max"));
    });
  }
  if (kind == "normal") {
    return of_mapping(value, [](Times& t, Fields&) {
      const Duration mean = t.time("mean");
      return Distribution::normal(mean, t.time("sd"));
    });
  }
  if (kind == "gamma" || kind == "weibull") {
    const bool gamma = kind == "gamma";
    return of_mapping(value, [&](Times& t, Fields&) {
      const Duration time = t.time(gamma ? "mean" : "scale");
      const double shape = t.number("shape");
      return !t.good() ? Result<Distribution>()
             : gamma   ? Distribution::gamma(time, shape)
                       : Distribution::weibull(time, shape);
    });
  }
  return of_mapping(value, [](Times& t, Fields&) {
    const Duration min = t.time("min");
    const double alpha = t.number("alpha");
    return Distribution::pareto(min, alpha, t.maybe("max"));
  });
}

/// Where parameters stand without their distribution: how it would be written; else empty.
std::string with_distribution(const std::vector<config::Node::Member>& members) {
  const auto all = [&](auto&& is) { return std::ranges::all_of(members, is); };
  const auto named = [&](std::initializer_list<std::string_view> names) {
    return members.size() == names.size() && all([&](const auto& member) {
             return std::ranges::find(names, member.key) != names.end() && member.value.is_scalar();
           });
  };
  const auto within = [&](std::string_view kind) {
    std::vector<std::string> texts;
    for (const auto& member : members)
      texts.push_back(fmt::format("{}: {}", member.key, member.value.text));
    return fmt::format("write {{{}: {{{}}}}}", kind, fmt::join(texts, ", "));
  };
  if (named({"p50", "p99"}) || named({"mean", "sigma"})) return within("lognormal");
  if (named({"mean"})) return within("exponential");
  if (named({"value"})) return within("constant");
  if (named({"min", "max"})) return within("uniform");
  if (named({"mean", "sd"})) return within("normal");
  const bool quantiles = all([](const auto& member) {
    return quantile_of(member.key).has_value() && member.value.is_scalar();
  });
  if (!quantiles) return {};
  std::string text = within("quantiles");
  return "write {empirical: " + text.substr(6) + "}";
}

}  // namespace

std::optional<Distribution> read_distribution(const Value& value) {
  if (!value) return std::nullopt;
  if (value.node().is_scalar()) {
    const std::optional<Duration> time = value.duration(kTimes);
    if (!time) return std::nullopt;
    return made(value, Distribution::constant(*time));
  }
  const std::vector<config::Node::Member>& members = value.node().members;
  if (members.empty()) {
    value.expected("a distribution such as {lognormal: {p50: 5ms, p99: 20ms}}");
    return std::nullopt;
  }
  if (std::string advice = with_distribution(members); !advice.empty()) {
    value.error("the distribution has no name", std::move(advice));
    return std::nullopt;
  }
  if (members.size() > 1) {
    value.error("more than one distribution",
                fmt::format("keep one of {}, {}", members[0].key, members[1].key));
    return std::nullopt;
  }
  const std::string& kind = members[0].key;
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    value.error_at(members[0].place, fmt::format("\"{}\" is no distribution", kind),
                   name_advice(kind, kKinds, "distributions are"));
    return std::nullopt;
  }
  const Value parameters = value.member(members[0]);
  if (!parameters) {
    parameters.expected("the parameters of the distribution");
    return std::nullopt;
  }
  if (kind == "hyperexponential") return hyperexponential(parameters);
  if (kind == "mixture") return mixture(parameters);
  if (kind == "empirical") return empirical(parameters);
  return parametric(kind, parameters);
}

}  // namespace squall::scenarios
