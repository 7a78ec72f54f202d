// TestFile: a file of tests (`kind: Test`) -> what each of them runs and how it differs from the
// scenario.
//
// A test overrides fields of the scenario's spec, patches manifests, goes through values of
// parameters (`each`: one test for each combination) and may expect something of its own. The
// scenario is not read here. Cost: linear in the text; at most 1000 tests a file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "scenarios/reader.h"

namespace squall::scenarios {

struct Test {
  std::string name;  // with the values of `each`: `stuck [q=35, n=2]`
  config::Place place;
  int runs = 1;
  ReadOptions read;
};

struct TestFile {
  std::string name;      // metadata.name, or else the file's
  std::string file;      // as the user named it
  std::string scenario;  // its path from the working directory
  std::vector<Test> tests;
};

/// Reads the file, "-" for standard input.
Result<TestFile> load_test_file(const std::string& path);
/// The same of a text; `file` names it in messages and says where its paths begin.
Result<TestFile> read_test_file(std::string_view text, const std::string& file);

/// The test files that a path stands for: itself, or those below a folder whose name ends in
/// `_test.yaml`, `_test.yml` or `_test.json`, in order of name.
Result<std::vector<std::string>> test_files_of(const std::string& path);

}  // namespace squall::scenarios
