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

}  // namespace

void add_tls(const Registry& registry, const ClusterOf& of, bool http2, Json& out) {
  if (of.policy.tls) {
    const ClientTls& tls = *of.policy.tls;
    if (tls.mode == "ISTIO_MUTUAL") {
      const auto names =
          tls.subject_alt_names.empty() ? of.service->identities() : tls.subject_alt_names;
      out["transportSocket"] = mutual_socket(of, names, http2, tls.sni);
    } else if (tls.mode != "DISABLE" && (tls.credential_name.empty() || of.rule->selector)) {
      out["transportSocket"] = user_socket(tls, http2);
    }
    return;
  }
  const bool possible = registry.config().auto_mtls && !of.service->external &&
                        registry.namespace_mode(of.service->ns) != MtlsMode::kDisable;
  if (!possible) return;
  Json mutual = mutual_socket(of, of.service->identities(), http2, {});
  if (!goes_through(of)) {
    out["transportSocketMatches"] = socket_matches(std::move(mutual));
    return;
  }
  // One transport for all: mTLS only when every endpoint has a proxy.
  const auto& all = of.service->endpoints;
  const bool every = !all.empty() && std::ranges::all_of(all, &MeshEndpoint::sidecar);
  if (every) out["transportSocket"] = std::move(mutual);
}

}  // namespace squall::config
