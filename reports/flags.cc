#include "reports/flags.h"

#include <array>
#include <utility>

namespace squall::reports {

// Source: Envoy's stream_info; the words are ours.
std::string_view flag_in_words(std::string_view flag) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 29> kWords = {{
      {"UH", "no healthy host to send to"},
      {"UT", "the request timed out"},
      {"UF", "no connection to the host could be made"},
      {"UC", "the host closed the connection before it answered"},
      {"UR", "the host reset the request"},
      {"LR", "the sidecar itself reset the request"},
      {"UO", "a circuit breaker limit was reached"},
      {"URX", "retries used up"},
      {"NR", "no route matched"},
      {"NC", "the route names a cluster that does not exist (a missing subset, often)"},
      {"DC", "the client went away first"},
      {"DI", "a delay was injected"},
      {"FI", "an error was injected"},
      {"RL", "refused by a rate limit"},
      {"RLSE", "the rate limit service failed"},
      {"UAEX", "refused by authorization"},
      {"IH", "a header of the request was not acceptable"},
      {"DPE", "the client broke the protocol"},
      {"UPE", "the host broke the protocol"},
      {"SI", "nothing was sent for too long"},
      {"UMSDR", "the request lasted longer than it may"},
      {"DT", "the connection lasted longer than it may"},
      {"LH", "the sidecar's own health check fails"},
      {"NFCF", "a filter's configuration has not arrived"},
      {"OM", "refused: the proxy is overloaded"},
      {"DO", "dropped on purpose to shed load"},
      {"UDO", "dropped on purpose, always"},
      {"DF", "the name could not be resolved"},
      {"DR", "the client reset the request"},
  }};
  for (const auto& [name, words] : kWords) {
    if (name == flag) return words;
  }
  return {};
}

}  // namespace squall::reports
