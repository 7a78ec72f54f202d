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

using Paths = std::vector<std::string>;

bool has(const Paths& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

TEST(Shipped, AScenarioNeedsWhatItNames) {
  const auto one = paths("bookstore/payment-slow");
  EXPECT_TRUE(has(one, "bookstore/manifests/web.yaml"));
  EXPECT_TRUE(has(one, "bookstore/payment-slow.yaml"));
  EXPECT_FALSE(has(one, "bookstore/calm-day.yaml"));
  EXPECT_EQ(paths("outages/brown-out"), Paths{"outages/brown-out.yaml"});
  EXPECT_EQ(paths("quickstart"), Paths{"quickstart.yaml"});
}

TEST(Shipped, ATestNeedsItsScenarioAndWhatThatNames) {
  EXPECT_EQ(paths("outages/brown-out_test"),
            (Paths{"outages/brown-out.yaml", "outages/brown-out_test.yaml"}));
  const auto books = paths("bookinfo/bookinfo_test");
  for (const char* file : {"bookinfo/bookinfo.yaml", "bookinfo/manifests/destination-rules.yaml",
                           "bookinfo/rules/virtual-service-reviews-80-20.yaml"})
    EXPECT_TRUE(has(books, file)) << file;
}

TEST(Shipped, AFolderIsTakenWhole) {
  const auto all = paths("bookstore");
  EXPECT_TRUE(has(all, "bookstore/calm-day.yaml"));
  EXPECT_TRUE(has(all, "bookstore/without-timeout/payment-service.yaml"));
}

TEST(Shipped, WhatIsNotThereHasNoFiles) {
  EXPECT_TRUE(paths("bookstore/nothing").empty());
  EXPECT_TRUE(paths("book").empty());
  EXPECT_TRUE(paths("").empty());
}

}  // namespace
}  // namespace squall::scenarios
