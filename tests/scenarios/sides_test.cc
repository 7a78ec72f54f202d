#include "scenarios/sides.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace squall::scenarios {
namespace {

class Sides : public ::testing::Test {
 protected:
  Sides() : folder_(std::filesystem::path(::testing::TempDir()) / "sides") {
    std::filesystem::create_directories(folder_);
  }
  ~Sides() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  std::string problems(const std::string& path) {
    const auto read = read_side({}, std::vector<std::string>{path});
    EXPECT_FALSE(read);
    std::string out;
    if (read) return out;
    for (const Diagnostic& one : read.error().sorted())
      out += to_string(one).substr(folder_.string().size() + 1) + "\n";
    return out;
  }

  std::filesystem::path folder_;
};

TEST_F(Sides, FragmentsAreOverridesAndTheRestAreManifests) {
  write("a.yaml",
        "kind: Service\nmetadata: {name: x}\n---\napiVersion: squall.dev/v1\nkind: Scenario\n"
        "metadata: {name: y}\nspec: {duration: 9s}\n");
  write("b.yaml", "kind: Service\nmetadata: {name: z}\n");
  ReadOptions shared;
  shared.sets = {"seed=3"};
  const auto read = read_side(shared, std::vector<std::string>{folder_.string()});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sets, shared.sets);
  ASSERT_EQ(read->documents.size(), 1U);
  EXPECT_EQ(read->documents[0].size(), 2U);
  ASSERT_EQ(read->overrides.size(), 1U);
  EXPECT_EQ(read->overrides[0].find("duration")->text, "9s");
}

TEST_F(Sides, AFragmentIsOfOurVersionAndHasASpecOnly) {
  const std::string file =
      write("f.yaml", "apiVersion: squall.dev/v2\nkind: Scenario\nfaults: []\n");
  EXPECT_EQ(problems(file),
            "f.yaml:1:1: error: spec is missing; write what is to be different of the scenario's "
            "spec\n"
            "f.yaml:1:13: error: apiVersion: expected squall.dev/v1, got \"squall.dev/v2\"\n"
            "f.yaml:3:1: error: faults: unknown field; the fields here are apiVersion, kind, "
            "metadata, spec\n");
}

TEST_F(Sides, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(problems((folder_ / "gone.yaml").string()),
            "gone.yaml: error: there is no such file or folder\n");
  EXPECT_NE(problems(write("broken.yaml", "a: [")).find("broken.yaml:1:"), std::string::npos);
}

TEST(OfSides, WhatBothSidesSayIsSaidOnce) {
  const Diagnostic both{.file = "s.yaml", .line = 3, .what = "wrong", .advice = "right"};
  const Diagnostic one{.file = "s.yaml", .line = 4, .what = "odd", .advice = {}};
  Diagnostics before(both), after(both);
  after.add(one);
  const auto all = of_sides(before, after).sorted();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].what, "wrong");
  EXPECT_EQ(all[1].what, "after: odd");
}

}  // namespace
}  // namespace squall::scenarios
