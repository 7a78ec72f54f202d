#include "scenarios/among.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace squall::scenarios {
namespace {

class Among : public ::testing::Test {
 protected:
  Among()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
  }
  ~Among() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  const std::filesystem::path folder_;
  const std::string scenario_ =
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {load: [{name: x, from: outside, to: "
      "http://a/, rate: 1/s}], workloads: {a: {}}}\n";
  const std::string service_ =
      "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 80}]}\n";
};

TEST_F(Among, TheScenarioOfAFolderHasTheManifestsBesideIt) {
  write("s.yaml", scenario_);
  write("b.yaml", service_);
  write("s_test.yaml", "apiVersion: squall.dev/v1\nkind: Test\nspec: {}\n");
  const auto found = load_among({folder_.string()}, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "s");
  EXPECT_EQ(found->loads.size(), 1U);
  EXPECT_EQ(found->manifests.size(), 1U);
}

TEST_F(Among, ManifestsAloneAreAScenarioWithoutLoad) {
  const auto found = load_among({write("b.yaml", service_)}, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->loads.empty());
  EXPECT_EQ(found->manifests.size(), 1U);
  ASSERT_EQ(found->warnings.all().size(), 1U);
  EXPECT_EQ(found->warnings.all()[0].what, "no document of kind Scenario");
}

TEST_F(Among, TwoScenariosAreOneTooMany) {
  const auto found = load_among({write("a.yaml", scenario_), write("b.yaml", scenario_)}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_TRUE(found.error().all()[0].what.starts_with("there is more than one scenario: "));
}

TEST_F(Among, WhatCannotBeReadIsSaidOfEachFile) {
  const auto found = load_among({write("a.yaml", "a: ["), (folder_ / "none.yaml").string()}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().all().size(), 2U);
}

}  // namespace
}  // namespace squall::scenarios
