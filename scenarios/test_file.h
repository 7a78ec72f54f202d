// TestFile: a file of tests (`kind: Test`) -> what each of them runs and how it differs from the
// scenario.
//
// A test overrides fields of the scenario's spec, patches manifests, goes through values of
// parameters (`each`: one test for each combination) and may expect something of its own, or search
// for a threshold. The scenario is not read here. A test of `routes` asks for no run. Cost: linear
// in the text; at most 1000 tests a file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "policies/base/time.h"
#include "scenarios/reader.h"
#include "scenarios/threshold.h"

namespace squall::scenarios {

struct RouteDestination {
  std::string host;  // short or qualified
  std::optional<std::string> subset;
  double share = 1;  // of the requests
};

/// What the route of a request must be; what is not said may be anything.
struct RouteCheck {
  std::string request, from;  // as written
  std::string load;           // the load of the scenario that stands for it
  std::optional<RouteDestination> to;
  std::optional<Duration> timeout;        // 0: none
  std::optional<std::uint32_t> attempts;  // at most, the first included
  std::optional<std::uint16_t> status;    // answered by the sidecar itself
};

struct Test {
  std::string name;  // with the values of `each`: `stuck [q=35, n=2]`
  config::Place place;
  int runs = 1;
  ReadOptions read;
  std::vector<RouteCheck> routes;  // empty: it is a run
  std::optional<ThresholdSearch> threshold;
};

struct TestFile {
  std::string name;      // metadata.name, or else the file's
  std::string file;      // as the user named it
  std::string scenario;  // its path from the working directory
  std::vector<Test> tests;
};

/// Reads the file, "-" for standard input.
Result<TestFile> load_test_file(const std::string& path);
/// The same of a file that a folder has under such a name; nothing when all that it holds is
/// something else: manifests, a scenario.
Result<std::optional<TestFile>> load_if_test_file(const std::string& path);
/// The same of a text; `file` names it in messages and says where its paths begin.
Result<TestFile> read_test_file(std::string_view text, const std::string& file);

/// The test files that a path stands for: itself, or those below a folder whose name ends in
/// `_test.yaml`, `_test.yml` or `_test.json`, in order of name.
Result<std::vector<std::string>> test_files_of(const std::string& path);

}  // namespace squall::scenarios
