// Meshes written down in tests: manifests as text, read with all that is wrong with them.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/resources.h"

namespace squall::config {

/// "LINE:COLUMN: error: what; advice" of each diagnostic, in order of place.
inline std::vector<std::string> lines_of(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (Diagnostic one : diagnostics.sorted()) {
    one.file.clear();
    out.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + ": " +
                  to_string({{}, 0, 0, one.severity, one.what, one.advice}));
  }
  return out;
}

inline Resources read_mesh(std::string_view text, Diagnostics& diagnostics) {
  Resources out;
  const auto documents = parse_documents(text, "mesh.yaml");
  EXPECT_TRUE(documents);
  if (documents) out.add(*documents, diagnostics);
  return out;
}

/// REQUIRES: nothing is wrong with it.
inline Resources good_mesh(std::string_view text) {
  Diagnostics diagnostics;
  Resources out = read_mesh(text, diagnostics);
  EXPECT_EQ(lines_of(diagnostics), std::vector<std::string>());
  return out;
}

/// What is wrong with it.
inline std::vector<std::string> complaints(std::string_view text) {
  Diagnostics diagnostics;
  read_mesh(text, diagnostics);
  return lines_of(diagnostics);
}

}  // namespace squall::config
