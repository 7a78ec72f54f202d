#include "config/istio_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/istio_check.h"
#include "config/istio_network.h"

namespace squall::config {
namespace {

constexpr IntegerRange kStatuses{.least = 200, .most = 599};

void read_destination(Fields& f, Destination& out) {
  f.require("host");
  f.text("host", out.host);
  f.text("subset", out.subset);
  read_port_selector(f, "port", out.port);
  out.host_place = f["host"].place();
  out.subset_place = f["subset"].place();
  out.port_place = f["port"].place();
}

void read_operations(Fields& f, HeaderOperations& out) {
  read_labels(f, "set", out.set);
  read_labels(f, "add", out.add);
  f.texts("remove", out.remove);
}

void read_headers(Fields& rule, HeaderChange& out) {
  rule.object("headers", [&](Fields& f) {
    f.object("request", [&](Fields& g) { read_operations(g, out.request); });
    f.object("response", [&](Fields& g) { read_operations(g, out.response); });
  });
}

void read_weighted(Fields& rule, bool http, std::vector<WeightedDestination>& out) {
  bool sound = true;
  rule.objects("route", [&](Fields& f) {
    WeightedDestination one;
    one.place = f.value().node().place;
    f.require("destination");
    f.object("destination", [&](Fields& g) { read_destination(g, one.to); });
    f.integer("weight", one.weight, {.least = 0});
    if (http) read_headers(f, one.headers);
    sound = sound && f.sound();
    out.push_back(std::move(one));
  });
  std::int64_t total = 0;
  for (const WeightedDestination& one : out) total += one.weight;
  if (sound && out.size() > 1 && total == 0) {
    rule["route"].error("the weights of several destinations add up to 0",
                        "give at least one of them a weight");
  }
}

void read_redirect(Fields& f, Redirect& out) {
  f.text("uri", out.uri);
  f.text("authority", out.authority);
  f.text("scheme", out.scheme);
  f.integer("redirectCode", out.code, {0, 65535});
  static constexpr std::array<int, 6> kCodes = {0, 301, 302, 303, 307, 308};
  if (std::ranges::find(kCodes, out.code) == kCodes.end()) {
    f["redirectCode"].warning(
        fmt::format("Envoy knows no redirect with {} and refuses the whole port's routes",
                    out.code),
        "one of 301, 302, 303, 307, 308");
  }
  f.integer("port", out.port, {1, 65535});
  f.choice("derivePort", out.derive_port,
           {{"FROM_PROTOCOL_DEFAULT", std::string("FROM_PROTOCOL_DEFAULT")},
            {"FROM_REQUEST_PORT", std::string("FROM_REQUEST_PORT")}});
  f.at_most_one({"port", "derivePort"});
  static constexpr std::string_view kPrefix = "%PREFIX()%";
  if (out.uri.starts_with(kPrefix)) {
    out.prefix_rewrite = out.uri.substr(kPrefix.size());
    out.uri.clear();
  }
}

void read_direct_response(Fields& f, DirectResponse& out) {
  f.require("status");
  f.integer("status", out.status, kStatuses);
  f.object("body", [&](Fields& g) {
    g.at_most_one({"string", "bytes"});
    g.text("string", out.text);
    g.text("bytes", out.bytes);
  });
}

void read_rewrite(Fields& f, Rewrite& out) {
  f.at_most_one({"uri", "uriRegexRewrite"});
  f.text("uri", out.uri);
  f.text("authority", out.authority);
  f.object("uriRegexRewrite", [&](Fields& g) {
    if (g.text("match", out.regex)) check_regex(g["match"], out.regex);
    g.text("rewrite", out.substitution);
  });
}

void read_fault(Fields& f, Fault& out) {
  f.object("delay", [&](Fields& g) {
    g.require("fixedDelay");
    read_ms(g, "fixedDelay", out.delay);
    read_percent(g, "percentage", out.delay_percentage);
    std::optional<int> percent;
    g.integer("percent", percent, {0, 100});
    if (percent && !out.delay_percentage) out.delay_percentage = *percent;
    g.unsupported({"exponentialDelay"});
  });
  f.object("abort", [&](Fields& g) {
    g.exactly_one({"httpStatus", "grpcStatus", "http2Error"});
    g.integer("httpStatus", out.abort_status, kStatuses);
    g.text("grpcStatus", out.abort_grpc);
    g.unsupported({"http2Error"});
    read_percent(g, "percentage", out.abort_percentage);
  });
}

void read_cors(Fields& f, Cors& out) {
  f.list("allowOrigins", [&](const Value& item) {
    std::optional<StringMatch> match;
    read_string_match(item, match);
    if (match) out.origins.push_back(*std::move(match));
  });
  std::vector<std::string> deprecated;
  f.texts("allowOrigin", deprecated);
  if (out.origins.empty()) {
    for (std::string& one : deprecated) {
      out.origins.push_back({StringMatch::Kind::kExact, std::move(one)});
    }
  }
  f.texts("allowMethods", out.methods);
  f.texts("allowHeaders", out.headers);
  f.texts("exposeHeaders", out.expose);
  read_ms(f, "maxAge", out.max_age);
  f.boolean("allowCredentials", out.credentials);
  f.text("unmatchedPreflights", out.unmatched_preflights);
}

void read_mirrors(Fields& rule, HttpRule& out) {
  rule.at_most_one({"mirror", "mirrors"});
  std::optional<double> percentage;
  read_percent(rule, "mirrorPercentage", percentage);
  std::optional<int> whole;
  for (const std::string_view name : {"mirrorPercent", "mirror_percent"}) {
    rule.integer(name, whole, {0, 100});
  }
  rule.object("mirror", [&](Fields& f) {
    Mirror one;
    read_destination(f, one.to);
    one.fraction = percentage.has_value();
    one.percentage = percentage;
    if (!percentage && whole) one.percentage = *whole;
    out.mirrors.push_back(std::move(one));
  });
  rule.objects("mirrors", [&](Fields& f) {
    Mirror one;
    f.object("destination", [&](Fields& g) { read_destination(g, one.to); });
    read_percent(f, "percentage", one.percentage);
    one.fraction = one.percentage.has_value();
    out.mirrors.push_back(std::move(one));
  });
}

void read_action(Fields& f, HttpRule& out) {
  read_weighted(f, true, out.route);
  f.object("redirect", [&](Fields& g) { read_redirect(g, out.redirect.emplace()); });
  f.object("directResponse", [&](Fields& g) { read_direct_response(g, out.direct.emplace()); });
  f.object("delegate", [&](Fields& g) {
    out.delegate.emplace();
    g.text("name", out.delegate->first);
    g.text("namespace", out.delegate->second);
  });
  if (out.delegate) {
    f.at_most_one({"delegate", "route"});
    f.at_most_one({"delegate", "redirect"});
    return;
  }
  f.exactly_one({"route", "redirect", "directResponse"});
  if (f["route"] && f["route"].node().is_sequence() && out.route.empty()) {
    f["route"].error("a route needs a destination");
  }
  if (!out.redirect && !out.direct) return;
  const std::string_view action = out.redirect ? "redirect" : "directResponse";
  for (const std::string_view name : {"fault", "rewrite"}) {
    if (f[name]) f[name].error(fmt::format("{} excludes it", action), "leave it out");
  }
}

void check_try_timeout(Fields& retries, std::optional<Duration> each, std::optional<Duration> all) {
  if (!each || !all || *each <= *all) return;
  retries["perTryTimeout"].warning(
      fmt::format("{} is longer than the timeout of {}, which ends the request first",
                  to_string(*each), to_string(*all)),
      "make it shorter, so that time is left for another try");
}

void read_rule(Fields& f, HttpRule& out) {
  out.place = f.value().node().place;
  f.text("name", out.name);
  f.objects("match", [&](Fields& g) { read(g, out.matches.emplace_back()); });
  read_action(f, out);
  f.object("rewrite", [&](Fields& g) { read_rewrite(g, out.rewrite.emplace()); });
  if (const Value timeout = f["timeout"];
      timeout && timeout.node().is_scalar() && parse_duration(timeout.node().text) == Duration(0)) {
    timeout.expected("a duration of at least 1ms", "leave it out for no timeout");
  } else {
    read_ms(f, "timeout", out.timeout);
  }
  f.object("retries", [&](Fields& g) {
    read_retries(g, out.retries.emplace());
    check_try_timeout(g, out.retries->per_try_timeout, out.timeout);
  });
  f.object("fault", [&](Fields& g) { read_fault(g, out.fault.emplace()); });
  read_mirrors(f, out);
  f.object("corsPolicy", [&](Fields& g) { read_cors(g, out.cors.emplace()); });
  read_headers(f, out.headers);
}

void read_stream_rule(Fields& f, bool tls, StreamRule& out) {
  out.place = f.value().node().place;
  f.objects("match", [&](Fields& g) {
    StreamRule::Match& match = out.matches.emplace_back();
    if (tls) {
      g.require("sniHosts");
      g.texts("sniHosts", match.sni_hosts);
    }
    g.texts("destinationSubnets", match.subnets);
    g.integer("port", match.port, {1, 65535});
    g.not_honoured({"sourceSubnet"});
    read_labels(g, "sourceLabels", match.source_labels);
    g.text("sourceNamespace", match.source_namespace);
    g.texts("gateways", match.gateways);
  });
  read_weighted(f, false, out.route);
}

void check_hosts(Fields& spec, const VirtualService& service) {
  const bool mesh = service.gateways.empty() ||
                    std::ranges::find(service.gateways, "mesh") != service.gateways.end();
  std::set<std::string> seen;
  for (const std::string& host : service.hosts) {
    if (host == "*" && mesh) {
      spec["hosts"].error("the host * is refused for the mesh", "name the hosts, or a gateway");
    }
    if (!seen.insert(host).second) {
      spec["hosts"].error(fmt::format("{} stands there twice", host), "keep one of the two");
    }
  }
  const Value hosts = spec["hosts"];
  const bool none = !hosts || (hosts.node().is_sequence() && hosts.node().items.empty());
  if (none && (!service.gateways.empty() || !service.tls.empty() || !service.tcp.empty())) {
    spec.missing({"hosts"}, "a delegate (no hosts) can have neither gateways nor tls nor tcp",
                 "name the hosts");
  }
}

}  // namespace

void read_retries(Fields& f, Retries& out) {
  f.integer("attempts", out.attempts);
  if (out.attempts < 0) f["attempts"].error("attempts cannot be below 0", "0 switches retries off");
  read_ms(f, "perTryTimeout", out.per_try_timeout);
  if (f.text("retryOn", out.retry_on)) {
    if (!out.retry_on.empty()) check_retry_on(f["retryOn"], out.retry_on);
  }
  f.boolean("retryRemoteLocalities", out.remote_localities);
  f.boolean("retryIgnorePreviousHosts", out.ignore_previous_hosts);
  read_ms(f, "backoff", out.backoff);
  const bool says_more = out.per_try_timeout || !out.retry_on.empty() || out.remote_localities;
  if (!f.sound() || out.attempts != 0 || !says_more) return;
  if (!f["attempts"]) {
    f.missing({"attempts"}, "attempts is missing", "without it retries are off");
  } else {
    f.value().error("attempts 0 switches retries off, other fields beside it are refused",
                    "write attempts, or leave the others out");
  }
}

void read(Fields& object, VirtualService& out) {
  object.object("spec", [&](Fields& spec) {
    spec.texts("hosts", out.hosts);
    spec.texts("gateways", out.gateways);
    out.hosts_place = spec["hosts"].place();
    out.gateways_place = spec["gateways"].place();
    read_export_to(spec, out.export_to);
    spec.objects("http", [&](Fields& f) { read_rule(f, out.http.emplace_back()); });
    spec.objects("tls", [&](Fields& f) { read_stream_rule(f, true, out.tls.emplace_back()); });
    spec.objects("tcp", [&](Fields& f) { read_stream_rule(f, false, out.tcp.emplace_back()); });
    check_hosts(spec, out);
    const auto lacks = [&](std::string_view name) {
      const Value rules = spec[name];
      return !rules || (rules.node().is_sequence() && rules.node().items.empty());
    };
    if (lacks("http") && lacks("tls") && lacks("tcp")) {
      spec.missing({"http", "tls", "tcp"}, "http, tcp or tls is missing");
    }
    for (std::size_t i = 0; i + 1 < out.http.size(); ++i) {
      if (!out.http[i].matches.empty()) continue;
      Diagnostic note{
          *out.http[i].place.file,
          out.http[i].place.line,
          out.http[i].place.column,
          Severity::kWarning,
          fmt::format("spec.http[{}] has no match: the rules after it are never used", i),
          "move it to the end"};
      spec.value().diagnostics().add(std::move(note));
      break;
    }
  });
}

}  // namespace squall::config
