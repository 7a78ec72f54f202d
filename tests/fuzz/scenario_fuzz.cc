// Any text is a scenario or errors: never a crash, and what is accepted can be built or is refused
// with errors. A first line `#set K=V` is given as --set. Files are not read: an input that names
// some is left out.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/check.h"
#include "scenarios/reader.h"
#include "sim/build.h"

namespace {

constexpr int kMostReplicas = 64;  // in all; more only takes longer

bool is_small(const squall::scenarios::Scenario& scenario) {
  int replicas = 0;
  for (const auto& workload : scenario.workloads) {
    replicas += workload.replicas.value_or(1);
    if (replicas > kMostReplicas) return false;
  }
  return scenario.manifests.empty();  // manifests_fuzz compiles those
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find("manifests") != std::string_view::npos) return 0;
  squall::scenarios::ReadOptions options;
  constexpr std::string_view kSet = "#set ";
  if (text.starts_with(kSet)) {
    options.sets.emplace_back(text.substr(kSet.size(), text.find('\n') - kSet.size()));
  }
  const auto scenario = squall::scenarios::read_scenario(text, "fuzz.yaml", options);
  if (!scenario) {
    SQUALL_CHECK(scenario.error().has_errors());
    return 0;
  }
  SQUALL_CHECK(scenario->warmup < scenario->duration);
  if (!is_small(*scenario)) return 0;
  const auto model = squall::sim::build(*scenario);
  SQUALL_CHECK(model || model.error().has_errors());
  return 0;
}
