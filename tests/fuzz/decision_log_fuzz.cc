// Any bytes behind a log's first line are decisions, an end or an error: never a crash. Machines
// are told of all that can be told, whatever they command.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "decisions/describe.h"
#include "decisions/log_format.h"
#include "decisions/log_reader.h"
#include "decisions/machines.h"
#include "policies/base/check.h"
#include "tests/policies/machine/plan.h"

namespace squall::decisions {
namespace {

Machines::Configurations configurations() {
  policies::Plan plan(3);
  plan.forward = policies::forward_to({{"backend", 3}, {"bare", 1}});
  plan.forward.retry = policies::retries_on("5xx,reset", 2);
  plan.cluster().outlier = policies::detection_of(2);
  plan.cluster().health_checks.emplace_back();
  plan.clusters.push_back(policies::cluster_named("bare", 1));  // which asks Control for nothing
  policies::Epoch epoch = plan.epoch();
  policies::TcpProxy& tcp = epoch.listeners.emplace_back().tcp.emplace();
  tcp.route.action = plan.forward;
  tcp.max_connect_attempts = 2;
  tcp.max_duration = 60s;
  Machines::Configurations all;
  all.push_back(std::make_unique<policies::Configuration>(std::move(epoch)));
  return all;
}

}  // namespace
}  // namespace squall::decisions

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall::decisions;
  static const Machines::Configurations kConfigurations = configurations();
  std::string bytes(kMagic);
  bytes += '\0';  // a Start that says nothing
  // A worker and a Control that have begun; then what the fuzzer says.
  bytes.append("\x02\x08\x01\x02\x08\x20", 6);
  bytes.append(reinterpret_cast<const char*>(data), size);
  auto log = LogReader::of(bytes, "fuzz.log");
  SQUALL_CHECK(log);
  Machines machines(kConfigurations);
  for (;;) {
    const auto read = log->next();
    SQUALL_CHECK(read || read.error().has_errors());
    if (!read || *read == nullptr) return 0;
    (void)machines.bring(**read, log->at());
    (void)describe(**read);
  }
}
