// DestinationRule and PeerAuthentication: what this program reads of them.
//
// A block of a policy is optional as a whole, since blocks are inherited as wholes; inside a block
// the fields are as written, 0 or absent meaning "not set". Source: istio/api
// networking/v1alpha3/destination_rule.proto, security/v1beta1/peer_authentication.proto.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/kubernetes.h"
#include "policies/base/time.h"

namespace squall::config {

struct Keepalive {
  std::uint32_t probes = 0;
  std::optional<Duration> time, interval;
};

struct ConnectionPool {
  // tcp
  std::uint32_t max_connections = 0;
  std::optional<Duration> connect_timeout;
  std::optional<Duration> tcp_idle_timeout;
  std::optional<Duration> max_connection_duration;
  std::optional<Keepalive> keepalive;
  // http
  std::uint32_t max_pending_requests = 0;
  std::uint32_t max_requests = 0;
  std::uint32_t max_requests_per_connection = 0;
  std::uint32_t max_retries = 0;
  std::optional<Duration> idle_timeout;
  std::string h2_upgrade;  // empty: DEFAULT
  bool use_client_protocol = false;
  std::uint32_t max_concurrent_streams = 0;
  bool has_http = false;
};

struct OutlierDetection {
  std::optional<std::uint32_t> consecutive_5xx;
  std::optional<std::uint32_t> consecutive_gateway;
  std::optional<std::uint32_t> consecutive_local_origin;
  bool split_local_origin = false;
  std::optional<Duration> interval;
  std::optional<Duration> base_ejection_time;
  std::uint32_t max_ejection_percent = 0;
  std::uint32_t min_health_percent = 0;
};
struct ConsistentHash {
  enum class On : std::uint8_t { kHeader, kCookie, kSourceIp, kQuery };
  On on = On::kHeader;
  std::string name;
  std::string cookie_path;
  std::optional<Duration> cookie_ttl;
  std::optional<std::uint64_t> ring_size;
  std::optional<std::uint64_t> maglev_size;
};
struct LocalitySetting {
  struct Distribute {
    std::string from;
    std::vector<std::pair<std::string, std::uint32_t>> to;
  };
  std::vector<Distribute> distribute;
  std::vector<std::pair<std::string, std::string>> failover;
  std::vector<std::string> failover_priority;
  std::optional<bool> enabled;
};

struct Warmup {
  Duration duration{};
  std::optional<double> minimum_percent;
  std::optional<double> aggression;
  bool plain = false;  // of the deprecated warmupDurationSecs: the window alone
};

struct LoadBalancer {
  std::string simple;  // empty: not set
  std::optional<ConsistentHash> hash;
  std::optional<LocalitySetting> locality;
  std::optional<Warmup> warmup;
};

struct ClientTls {
  std::string mode;  // DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL
  std::string client_certificate;
  std::string private_key;
  std::string ca_certificates;
  std::string credential_name;
  std::vector<std::string> subject_alt_names;
  std::string sni;
  bool insecure_skip_verify = false;
};

struct RetryBudget {
  std::optional<double> percent;
  std::optional<std::uint32_t> min_retry_concurrency;
};

struct PortPolicy;

struct TrafficPolicy {
  std::optional<ConnectionPool> pool;
  std::optional<OutlierDetection> outlier;
  std::optional<LoadBalancer> balancer;
  std::optional<ClientTls> tls;
  std::optional<RetryBudget> budget;
  std::vector<PortPolicy> ports;  // portLevelSettings
};
struct PortPolicy {
  int port = 0;
  TrafficPolicy policy;
};

struct Subset {
  std::string name;
  Labels labels;
  std::optional<TrafficPolicy> policy;
  Place place, labels_place;
};

struct DestinationRule {
  Meta meta;
  std::string host;
  Place host_place;
  std::optional<TrafficPolicy> policy;
  std::vector<Subset> subsets;
  std::vector<std::string> export_to;
  std::optional<Labels> selector;  // workloadSelector.matchLabels
};

enum class MtlsMode : std::uint8_t { kUnset, kDisable, kPermissive, kStrict };

struct PeerAuthentication {
  Meta meta;
  std::optional<Labels> selector;
  MtlsMode mode = MtlsMode::kUnset;
  std::vector<std::pair<int, MtlsMode>> ports;
};

void read(Fields& object, DestinationRule& out);
void read(Fields& object, PeerAuthentication& out);
void read_connection_pool(Fields& pool, ConnectionPool& out);
void read_outlier_detection(Fields& outlier, OutlierDetection& out);
void read_balancer(Fields& balancer, LoadBalancer& out);
void read_locality(Fields& setting, LocalitySetting& out);

}  // namespace squall::config
