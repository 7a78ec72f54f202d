// How a cluster's connections are secured: automatic mTLS, or what a DestinationRule says.
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

Json exact_names(const std::vector<std::string>& names) {
  Json out = Json::array();
  for (const std::string& name : names) out.push_back({{"exact", name}});
  return out;
}

Json tls_socket(Json config) {
  return {{"name", "envoy.transport_sockets.tls"}, {"typedConfig", std::move(config)}};
}

/// Istio's own certificates on both sides.
Json mutual_socket(const ClusterOf& of, const std::vector<std::string>& names, bool http2,
                   const std::string& sni) {
  Json valid = Json::object();
  if (!names.empty()) valid["matchSubjectAltNames"] = exact_names(names);
  Json alpn = Json::array({"istio-peer-exchange", "istio"});
  if (http2) alpn.push_back("h2");
  const std::string usual =
      fmt::format("outbound_.{}_.{}_.{}", of.port->number, of.subset_name(), of.service->host);
  return tls_socket({{"commonTlsContext",
                      {{"tlsCertificateSdsSecretConfigs", Json::array({{{"name", "default"}}})},
                       {"combinedValidationContext",
                        {{"defaultValidationContext", std::move(valid)},
                         {"validationContextSdsSecretConfig", {{"name", "ROOTCA"}}}}},
                       {"alpnProtocols", std::move(alpn)}}},
                     {"sni", sni.empty() ? usual : sni}});
}

/// SIMPLE and MUTUAL: the user's own certificates, from files.
Json user_socket(const ClientTls& tls, bool http2) {
  Json common = Json::object();
  if (tls.mode == "MUTUAL") {
    common["tlsCertificateSdsSecretConfigs"] = Json::array(
        {{{"name", fmt::format("file-cert:{}~{}", tls.client_certificate, tls.private_key)}}});
  }
  if (tls.insecure_skip_verify && tls.ca_certificates.empty()) {
    common["validationContext"] = Json::object();
  } else {
    Json valid = Json::object();
    if (!tls.subject_alt_names.empty()) {
      valid["matchSubjectAltNames"] = exact_names(tls.subject_alt_names);
    }
    const std::string ca = tls.ca_certificates.empty() ? "system" : tls.ca_certificates;
    common["combinedValidationContext"] = {
        {"defaultValidationContext", std::move(valid)},
        {"validationContextSdsSecretConfig", {{"name", "file-root:" + ca}}}};
  }
  if (http2) common["alpnProtocols"] = Json::array({"h2"});
  Json config = {{"commonTlsContext", std::move(common)}};
  if (!tls.sni.empty()) config["sni"] = tls.sni;
  return tls_socket(std::move(config));
}

Json socket_matches(Json mutual) {
  return Json::array(
      {{{"name", "tlsMode-istio"},
        {"match", {{"tlsMode", "istio"}}},
        {"transportSocket", std::move(mutual)}},
       {{"name", "tlsMode-disabled"},
        {"match", Json::object()},
        {"transportSocket",
         {{"name", "envoy.transport_sockets.raw_buffer"}, {"typedConfig", Json::object()}}}}});
}

enum class Sockets : std::uint8_t { kPlaintext, kByLabel, kMutual, kTls };

Sockets sockets_of(const Registry& registry, const ClusterOf& of) {
  if (of.policy.tls) {
    const ClientTls& tls = *of.policy.tls;
    if (tls.mode == "ISTIO_MUTUAL") return Sockets::kMutual;
    const bool left_out = !tls.credential_name.empty() && !of.rule->selector;
    return tls.mode == "DISABLE" || left_out ? Sockets::kPlaintext : Sockets::kTls;
  }
  const bool possible = registry.config().auto_mtls && !of.service->external &&
                        registry.namespace_mode(of.service->ns) != MtlsMode::kDisable;
  if (!possible) return Sockets::kPlaintext;
  if (!goes_through(of)) return Sockets::kByLabel;
  // One transport for all: mTLS only when every endpoint has a proxy.
  const auto& all = of.service->endpoints;
  const bool every = !all.empty() && std::ranges::all_of(all, &MeshEndpoint::sidecar);
  return every ? Sockets::kMutual : Sockets::kPlaintext;
}

}  // namespace

void add_tls(const Registry& registry, const ClusterOf& of, bool http2, Json& out) {
  static const ClientTls automatic;
  const ClientTls& tls = of.policy.tls ? *of.policy.tls : automatic;
  const auto mutual = [&] {
    const auto names =
        tls.subject_alt_names.empty() ? of.service->identities() : tls.subject_alt_names;
    return mutual_socket(of, names, http2, tls.sni);
  };
  switch (sockets_of(registry, of)) {
    case Sockets::kPlaintext:
      return;
    case Sockets::kByLabel:
      out["transportSocketMatches"] = socket_matches(mutual());
      return;
    case Sockets::kMutual:
      out["transportSocket"] = mutual();
      return;
    case Sockets::kTls:
      out["transportSocket"] = user_socket(tls, http2);
      return;
  }
}

const ClientTls* labelling_tls(const ClusterOf& of) {
  const ClientTls* out = nullptr;
  const auto take = [&](const TrafficPolicy& policy) {
    const ClientTls* found = policy.tls ? &*policy.tls : nullptr;
    for (const auto& [number, entry] : policy.ports) {
      if (number == of.port->number && entry.tls) found = &*entry.tls;
    }
    if (found != nullptr) out = found;
  };
  if (of.rule != nullptr && of.rule->policy) take(*of.rule->policy);
  if (of.subset != nullptr && of.subset->policy) take(*of.subset->policy);
  return out;
}

ClusterTransport transport_of(const Registry& registry, const ClusterOf& of,
                              const Json* endpoints) {
  const Sockets sockets = sockets_of(registry, of);
  const ClientTls* said = of.policy.tls                  ? &*of.policy.tls
                          : sockets == Sockets::kByLabel ? labelling_tls(of)
                                                         : nullptr;
  ClusterTransport out{.usual = sockets == Sockets::kPlaintext ? Transport::kPlaintext
                                : sockets == Sockets::kTls     ? Transport::kTls
                                                               : Transport::kMutual,
                       .plain = {},
                       .declared_http = is_http(of.port->protocol),
                       .rule = said == nullptr ? nullptr : of.rule,
                       .mode = said == nullptr ? std::string() : said->mode};
  if (sockets != Sockets::kByLabel || endpoints == nullptr) return out;
  for (const Json& group : (*endpoints)["endpoints"]) {
    for (const Json& one : group["lbEndpoints"]) {
      if (one["tlsMode"] == "istio" || !one["address"].contains("address")) continue;
      out.plain.insert(one["address"]["address"].get<std::string>());
    }
  }
  return out;
}

}  // namespace squall::config
