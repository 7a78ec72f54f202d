#include "scenarios/shipped.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace squall::scenarios {
namespace {

std::vector<std::string> paths(std::string_view name) {
  std::vector<std::string> out;
  for (const ShippedFile& file : files_of_shipped(name)) out.emplace_back(file.path);
  return out;
}

TEST(Shipped, EachSaysInASentenceWhatItIs) {
  const std::vector<Shipped> all = shipped();
  EXPECT_GT(all.size(), 15U);
  for (const Shipped& one : all) {
    EXPECT_FALSE(one.summary.empty()) << one.name << ": begin it with a comment";
    EXPECT_TRUE(one.summary.ends_with('.')) << one.name << ": " << one.summary;
    EXPECT_LT(one.summary.size(), 200U) << one.name;
  }
}

TEST(Shipped, ScenariosAndTestsAndNoManifests) {
  const std::vector<Shipped> all = shipped();
  const auto find = [&](std::string_view name) {
    return std::ranges::find(all, name, &Shipped::name);
  };
  ASSERT_NE(find("bookstore/payment-slow"), all.end());
  EXPECT_FALSE(find("bookstore/payment-slow")->is_test);
  ASSERT_NE(find("bookstore/bookstore_test"), all.end());
  EXPECT_TRUE(find("bookstore/bookstore_test")->is_test);
  EXPECT_EQ(find("bookstore/manifests/web"), all.end());
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &Shipped::name));
}

TEST(Shipped, AScenarioNeedsTheFilesOfItsFolder) {
  const auto one = paths("bookstore/payment-slow");
  EXPECT_NE(std::ranges::find(one, "bookstore/manifests/web.yaml"), one.end());
  EXPECT_NE(std::ranges::find(one, "bookstore/payment-slow.yaml"), one.end());
  EXPECT_EQ(one, paths("bookstore"));
  EXPECT_EQ(paths("quickstart"), std::vector<std::string>{"quickstart.yaml"});
}

TEST(Shipped, WhatIsNotThereHasNoFiles) {
  EXPECT_TRUE(paths("bookstore/nothing").empty());
  EXPECT_TRUE(paths("book").empty());
  EXPECT_TRUE(paths("").empty());
}

}  // namespace
}  // namespace squall::scenarios
