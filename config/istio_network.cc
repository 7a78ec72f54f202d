#include "config/istio_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/istio_check.h"

namespace squall::config {
namespace {

void read_server(Fields& f, GatewayServer& out) {
  out.place = f.value().node().place;
  f.require("port");
  f.object("port", [&](Fields& g) {
    g.require("number");
    g.integer("number", out.port, {1, 65535});
    g.text("name", out.name);
    g.require("protocol", "one such as HTTP");
    if (g.text("protocol", out.protocol)) check_protocol(g["protocol"], out.protocol);
    g.accept({"targetPort"});
  });
  std::string name;
  f.text("name", name);
  f.require("hosts");
  f.texts("hosts", out.hosts);
  f.object("tls", [&](Fields& g) {
    out.tls_mode = "PASSTHROUGH";
    g.text("mode", out.tls_mode);
    g.boolean("httpsRedirect", out.https_redirect);
    g.text("credentialName", out.credential_name);
    g.accept({"serverCertificate", "privateKey", "caCertificates", "subjectAltNames",
              "minProtocolVersion", "maxProtocolVersion", "cipherSuites", "credentialNames",
              "verifyCertificateSpki", "verifyCertificateHash", "tlsCertificates", "caCrl",
              "caCertCredentialName"});
  });
  f.not_honoured({"bind"});
  f.accept({"defaultEndpoint"});
}

void read_entry_ports(Fields& spec, ServiceEntry& out) {
  spec.objects("ports", [&](Fields& f) {
    ServiceEntryPort& port = out.ports.emplace_back();
    f.require("number");
    f.integer("number", port.number, {1, 65535});
    f.require("name");
    f.text("name", port.name);
    f.text("protocol", port.protocol);
    // Without one, what comes is sniffed.
    if (!port.protocol.empty()) check_protocol(f["protocol"], port.protocol);
    f.integer("targetPort", port.target, {1, 65535});
  });
}

void read_entry_endpoint(Fields& f, ServiceEntryEndpoint& out) {
  out.place = f.value().node().place;
  f.text("address", out.address);
  f.map("ports", [&](const std::string& key, const Value& value) {
    if (const auto port = value.integer({1, 65535})) {
      out.ports.emplace_back(key, static_cast<int>(*port));
    }
  });
  read_labels(f, "labels", out.labels);
  f.text("locality", out.locality);
  f.integer("weight", out.weight, {0, 1'000'000});
  f.text("serviceAccount", out.service_account);
  f.not_honoured({"network"});
}

void read_ingress(Fields& f, Sidecar::Ingress& out) {
  f.require("port");
  f.object("port", [&](Fields& g) {
    g.integer("number", out.port, {1, 65535});
    g.text("name", out.name);
    g.text("protocol", out.protocol);
    g.accept({"targetPort"});
  });
  f.text("bind", out.bind);
  f.text("defaultEndpoint", out.default_endpoint);
  f.object("connectionPool", [&](Fields& g) { read_connection_pool(g, out.pool.emplace()); });
  f.not_honoured({"captureMode", "tls"});
}

}  // namespace

void read(Fields& object, Gateway& out) {
  object.object("spec", [&](Fields& spec) {
    read_labels(spec, "selector", out.selector);
    spec.require("servers");
    spec.objects("servers", [&](Fields& f) { read_server(f, out.servers.emplace_back()); });
  });
}

void read(Fields& object, ServiceEntry& out) {
  object.object("spec", [&](Fields& spec) {
    spec.require("hosts");
    spec.texts("hosts", out.hosts);
    out.hosts_place = spec["hosts"].place();
    spec.texts("addresses", out.addresses);
    read_entry_ports(spec, out);
    spec.choice("location", out.external, {{"MESH_EXTERNAL", true}, {"MESH_INTERNAL", false}});
    spec.choice("resolution", out.resolution,
                {{"NONE", std::string("NONE")},
                 {"STATIC", std::string("STATIC")},
                 {"DNS", std::string("DNS")},
                 {"DNS_ROUND_ROBIN", std::string("DNS_ROUND_ROBIN")},
                 {"DYNAMIC_DNS", std::string("DYNAMIC_DNS")}});
    spec.objects("endpoints",
                 [&](Fields& f) { read_entry_endpoint(f, out.endpoints.emplace_back()); });
    read_selector(spec, "workloadSelector", "labels", out.selector);
    if (out.selector) out.selector_place = spec["workloadSelector"].place();
    read_export_to(spec, out.export_to);
    spec.texts("subjectAltNames", out.subject_alt_names);
    spec.at_most_one({"endpoints", "workloadSelector"});
    const Value hosts = spec["hosts"];
    if (hosts && hosts.node().is_sequence() && hosts.node().items.empty()) {
      hosts.error("a host is missing");
    }
  });
}

void read(Fields& object, ProxyConfig& out) {
  object.object("spec", [&](Fields& spec) {
    read_selector(spec, "selector", "matchLabels", out.selector);
    spec.integer("concurrency", out.concurrency, {0, 1000});
    spec.accept({"environmentVariables", "image"});
  });
}

void read(Fields& object, Sidecar& out) {
  object.object("spec", [&](Fields& spec) {
    read_selector(spec, "workloadSelector", "labels", out.selector);
    spec.objects("egress", [&](Fields& f) {
      Sidecar::Egress& egress = out.egress.emplace_back();
      f.object("port", [&](Fields& g) {
        g.integer("number", egress.port, {0, 65535});
        g.text("protocol", egress.protocol);
        g.accept({"name", "targetPort"});
      });
      f.text("bind", egress.bind);
      f.require("hosts");
      f.texts("hosts", egress.hosts);
      f.not_honoured({"captureMode"});
      for (const std::string& host : egress.hosts) {
        if (host.find('/') == host.npos) {
          f["hosts"].error(fmt::format("{} has no namespace", host), "write NAMESPACE/HOST");
        }
      }
    });
    spec.objects("ingress", [&](Fields& f) { read_ingress(f, out.ingress.emplace_back()); });
    spec.object("outboundTrafficPolicy", [&](Fields& f) {
      f.text("mode", out.outbound_policy);
      f.not_honoured({"egressProxy"});
    });
    spec.object("inboundConnectionPool",
                [&](Fields& f) { read_connection_pool(f, out.inbound_pool.emplace()); });
  });
}

Result<MeshConfig> read_mesh_config(const Node& document) {
  Diagnostics diagnostics;
  MeshConfig out;
  Fields f(document, "", diagnostics, Dialect::kKubernetes);
  f.text("rootNamespace", out.root_namespace);
  f.text("trustDomain", out.trust_domain);
  f.object("outboundTrafficPolicy", [&](Fields& g) { g.text("mode", out.outbound_policy); });
  f.duration("connectTimeout", out.connect_timeout, {.least = 1ms});
  f.boolean("enableAutoMtls", out.auto_mtls);
  std::string upgrade;
  f.text("h2UpgradePolicy", upgrade);
  out.h2_upgrade = upgrade == "UPGRADE";
  f.object("pathNormalization", [&](Fields& g) {
    g.choice("normalization", out.path_normalization,
             {{"DEFAULT", PathNormalization::kBase},
              {"NONE", PathNormalization::kNone},
              {"BASE", PathNormalization::kBase},
              {"MERGE_SLASHES", PathNormalization::kMergeSlashes},
              {"DECODE_AND_MERGE_SLASHES", PathNormalization::kDecodeAndMergeSlashes}});
  });
  f.object("localityLbSetting", [&](Fields& g) { read_locality(g, out.locality.emplace()); });
  f.object("defaultHttpRetryPolicy",
           [&](Fields& g) { read_retries(g, out.default_retries.emplace()); });
  f.object("defaultTrafficPolicy", [&](Fields& g) {
    g.object("connectionPool",
             [&](Fields& h) { read_connection_pool(h, out.default_pool.emplace()); });
    g.object("outlierDetection",
             [&](Fields& h) { read_outlier_detection(h, out.default_outlier.emplace()); });
  });
  f.object("tcpKeepalive", [&](Fields& g) {
    Keepalive& alive = out.keepalive.emplace();
    g.integer("probes", alive.probes);
    g.duration("time", alive.time);
    g.duration("interval", alive.interval);
  });
  static constexpr std::array<std::string_view, 11> kRead = {
      "rootNamespace",        "trustDomain",     "outboundTrafficPolicy", "connectTimeout",
      "enableAutoMtls",       "h2UpgradePolicy", "localityLbSetting",     "defaultHttpRetryPolicy",
      "defaultTrafficPolicy", "tcpKeepalive",    "pathNormalization"};
  for (const Node::Member& member : document.members) {
    if (std::ranges::find(kRead, member.key) != kRead.end()) continue;
    diagnostics.add(
        member.value.diagnose(Severity::kWarning, member.key + " is not honoured by squall"));
  }
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));
  return out;
}

}  // namespace squall::config
