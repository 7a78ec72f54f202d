// Transport: how a client secures its connections to a cluster, and what comes of that at a server.
//
// Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/security/authn; Envoy's
// TLS sockets. Cost: a set look-up an endpoint where automatic mTLS acts.
#pragma once
#include <cstdint>
#include <set>
#include <string>

#include "config/istio_policy.h"

namespace squall::config {

enum class Transport : std::uint8_t {
  kPlaintext,
  kMutual,  // mTLS with the mesh's certificates
  kTls,     // with the user's own: SIMPLE, MUTUAL
};

/// A cluster's: as its DestinationRule says, else automatic mTLS.
struct ClusterTransport {
  Transport usual = Transport::kPlaintext;
  std::set<std::string> plain;            // addresses that automatic mTLS reaches in plaintext
  bool declared_http = false;             // the Service says that its port is HTTP without TLS
  const DestinationRule* rule = nullptr;  // whose `tls` has decided; null: nobody's
  std::string mode;                       // of that `tls`

  Transport to(const std::string& address) const {
    return plain.contains(address) ? Transport::kPlaintext : usual;
  }
};

/// What a connection comes to.
enum class TransportFit : std::uint8_t {
  kFits,
  kClosed,          // made, then closed when the server reads what it does not take
  kHandshakeFails,  // never made
};

/// A server's port, as far as that depends on it. A ztunnel takes from clients of the mesh what
/// they would send in plaintext or by mTLS: it comes by HBONE.
struct ServerPort {
  bool sidecar = false;
  bool ambient = false;
  MtlsMode mode = MtlsMode::kPermissive;  // without a sidecar or a ztunnel it means nothing
  bool declared_http = false;  // its application does not speak TLS, as far as anybody says
};
TransportFit fit_of(Transport client, const ServerPort& server);
/// Of a client outside of the mesh, in plaintext.
TransportFit fit_of_stranger(const ServerPort& server);

}  // namespace squall::config
