#include "config/transport.h"

namespace squall::config {

TransportFit fit_of(Transport client, const ServerPort& server) {
  if (server.ambient && client != Transport::kTls) return TransportFit::kFits;
  const bool strict = server.sidecar && server.mode == MtlsMode::kStrict;
  const bool terminates = server.sidecar && server.mode != MtlsMode::kDisable;
  switch (client) {
    case Transport::kPlaintext:
      return strict ? TransportFit::kClosed : TransportFit::kFits;
    case Transport::kMutual:
      return terminates ? TransportFit::kFits : TransportFit::kHandshakeFails;
    case Transport::kTls:
      // All but STRICT hand TLS that is not the mesh's on to the application.
      return strict || server.declared_http ? TransportFit::kHandshakeFails : TransportFit::kFits;
  }
  return TransportFit::kFits;
}

/// Of a ztunnel's modes only STRICT means something.
TransportFit fit_of_stranger(const ServerPort& server) {
  const bool strict = (server.sidecar || server.ambient) && server.mode == MtlsMode::kStrict;
  return strict ? TransportFit::kClosed : TransportFit::kFits;
}

}  // namespace squall::config
