// Any text is a file of tests or errors, and what a test changes makes of a small scenario another
// one or errors: never a crash. Files are not read: an input that names some is left out.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/base/check.h"
#include "scenarios/reader.h"
#include "scenarios/test_file.h"

namespace {

constexpr std::string_view kScenario = R"(apiVersion: squall.dev/v1
kind: Scenario
spec:
  parameters: {q: 1}
  workloads: {web: {}, app: {replicas: 2, latency: 2ms, calls: [{to: http://db/}]}, db: {}}
  load: [{name: x, from: web, to: http://app/, rate: "${q}/s"}]
  faults: [{at: 20s, for: 10s, workload: db, hang: {}}]
  expect: ['success{load="x"} > 9%']
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db}
spec: {host: db, trafficPolicy: {connectionPool: {tcp: {maxConnections: 3}}}}
)";
constexpr std::size_t kMostRead = 8;  // of a file's tests

/// Whatever the file searches for, it is found in a few questions.
void ask(const squall::scenarios::ThresholdSearch& search) {
  squall::scenarios::Bisection bisection(search);
  int questions = 0;
  for (; const auto value = bisection.next(); ++questions) bisection.tell(*value > 42);
  SQUALL_CHECK(questions >= 2 && questions < 40);
  const auto found = bisection.found();
  SQUALL_CHECK(!found || found->lower(search) < found->upper(search));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find("manifests") != std::string_view::npos) return 0;
  const auto file = scenarios::read_test_file(text, "fuzz_test.yaml");
  if (!file) {
    SQUALL_CHECK(file.error().has_errors());
    return 0;
  }
  std::size_t read = 0;
  for (const scenarios::Test& test : file->tests) {
    SQUALL_CHECK(!test.name.empty() && test.runs >= 1);
    if (++read > kMostRead) break;
    if (test.threshold) ask(*test.threshold);
    const auto scenario = scenarios::read_scenario(kScenario, "fuzz.yaml", test.read);
    SQUALL_CHECK(scenario || scenario.error().has_errors());
  }
  return 0;
}
