#include "proxy/flag_names.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace squall::proxy {

std::string_view long_name(std::string_view short_name) {
  using Row = std::pair<std::string_view, std::string_view>;
  static constexpr Row kNames[] = {{"UH", "NoHealthyUpstream"},
                                   {"UT", "UpstreamRequestTimeout"},
                                   {"LR", "LocalReset"},
                                   {"UR", "UpstreamRemoteReset"},
                                   {"UF", "UpstreamConnectionFailure"},
                                   {"UC", "UpstreamConnectionTermination"},
                                   {"UO", "UpstreamOverflow"},
                                   {"NR", "NoRouteFound"},
                                   {"URX", "UpstreamRetryLimitExceeded"},
                                   {"DC", "DownstreamConnectionTermination"},
                                   {"NC", "NoClusterFound"},
                                   {"UPE", "UpstreamProtocolError"},
                                   {"UMSDR", "UpstreamMaxStreamDurationReached"},
                                   {"IH", "InvalidEnvoyRequestHeaders"},
                                   {"OM", "OverloadManagerTerminated"},
                                   {"SI", "StreamIdleTimeout"},
                                   {"DR", "DownstreamRemoteReset"},
                                   {"DI", "DelayInjected"},
                                   {"FI", "FaultInjected"},
                                   {"RL", "RateLimited"},
                                   {"DPE", "DownstreamProtocolError"},
                                   {"DT", "DurationTimeout"},
                                   {"DO", "DropOverload"},
                                   {"UDO", "UnconditionalDropOverload"}};
  const auto* const at = std::ranges::find(kNames, short_name, &Row::first);
  return at == std::end(kNames) ? short_name : at->second;
}

}  // namespace squall::proxy
