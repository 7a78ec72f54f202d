#include "policies/filter/fault.h"

#include <algorithm>
#include <charconv>

namespace squall::policies {
namespace {

std::optional<std::uint64_t> number_in(const RequestHead& head, std::string_view name) {
  auto text = find_header(head, name);
  if (!text) return std::nullopt;
  if (text->starts_with('+')) text->remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

bool applies(const FaultConfig& config, const RequestHead& head, std::string_view cluster) {
  if (!config.upstream_cluster.empty() && config.upstream_cluster != cluster) return false;
  if (!config.downstream_nodes.empty()) {
    const auto node = find_header(head, "x-envoy-downstream-service-node");
    if (!node || std::ranges::find(config.downstream_nodes, *node) == config.downstream_nodes.end())
      return false;
  }
  return std::ranges::all_of(config.headers,
                             [&](const HeaderMatch& match) { return matches(match, head); });
}

/// A header may lower the configured share, not raise it.
bool drawn(const Fraction& configured, bool by_header, const RequestHead& head,
           std::string_view header, std::uint64_t random) {
  Fraction share = configured;
  if (by_header) {
    if (const auto percent = number_in(head, header)) {
      share.numerator =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(*percent, share.numerator));
    }
  }
  return holds(share, random);
}

std::optional<Abort> by_header(const RequestHead& head) {
  if (const auto status = number_in(head, "x-envoy-fault-abort-request");
      status && *status >= 200 && *status < 600)
    return Abort{.status = static_cast<std::uint16_t>(*status), .grpc_status = {}};
  if (const auto grpc = number_in(head, "x-envoy-fault-abort-grpc-request"); grpc)
    return Abort{.status = 200, .grpc_status = static_cast<std::uint32_t>(*grpc)};
  return std::nullopt;
}

}  // namespace

Faults faults_for(const FaultConfig& config, const RequestHead& head, std::string_view cluster,
                  FaultDraws draws) {
  Faults faults;
  if (!applies(config, head, cluster)) return faults;
  if (const auto& rate = config.response_rate;
      rate && drawn(rate->percentage, rate->by_header, head,
                    "x-envoy-fault-throughput-response-percentage", draws.rate)) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    const std::uint64_t asked =
        rate->by_header ? number_in(head, "x-envoy-fault-throughput-response").value_or(0)
                        : rate->fixed;
    faults.response_rate = std::min(asked, kMost);
  }
  if (const auto& delay = config.delay;
      delay && drawn(delay->percentage, delay->by_header, head,
                     "x-envoy-fault-delay-request-percentage", draws.delay)) {
    faults.delay = delay->fixed;
    if (delay->by_header) {
      constexpr std::uint64_t kLongest = std::uint64_t{365} * 24 * 60 * 60 * 1000;
      const std::uint64_t ms = number_in(head, "x-envoy-fault-delay-request").value_or(0);
      faults.delay = std::chrono::milliseconds(std::min(ms, kLongest));
    }
    faults.delay = std::chrono::milliseconds(to_ms(faults.delay));
  }
  if (const auto& abort = config.abort;
      abort && drawn(abort->percentage, abort->by_header, head,
                     "x-envoy-fault-abort-request-percentage", draws.abort)) {
    if (abort->by_header) {
      faults.abort = by_header(head);
    } else if (abort->grpc_status) {
      faults.abort = Abort{.status = 200, .grpc_status = abort->grpc_status};
    } else {
      faults.abort = Abort{.status = abort->http_status, .grpc_status = {}};
    }
  }
  return faults;
}

}  // namespace squall::policies
