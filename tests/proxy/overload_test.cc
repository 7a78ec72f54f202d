#include "proxy/overload.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace squall::proxy {
namespace {

using Kind = policies::OverloadAction::Kind;

TEST(Overload, WithoutAConfigurationNothingIsEverPressed) {
  const Overload overload(std::nullopt);
  EXPECT_FALSE(overload.configured());
  EXPECT_EQ(overload.level(Kind::kStopAcceptingRequests), 0);
  EXPECT_TRUE(overload.stats().empty());
}

TEST(Overload, ReadsAnInjectedPressureWhenItIsRefreshed) {
  const std::string file = ::testing::TempDir() + "/pressure";
  policies::OverloadConfig config;
  config.resources.push_back({.name = "r",
                              .kind = policies::OverloadResource::Kind::kInjected,
                              .max_heap_bytes = 0,
                              .file = file});
  config.actions.push_back({.kind = Kind::kDisableHttpKeepalive,
                            .name = "a",
                            .triggers = {{.resource = 0, .saturation = 0.8}}});
  Overload overload(config);
  std::ofstream(file) << 0.85;
  EXPECT_EQ(overload.level(Kind::kDisableHttpKeepalive), 0);
  overload.refresh();
  EXPECT_EQ(overload.level(Kind::kDisableHttpKeepalive), 1);
  EXPECT_EQ(overload.stats()[0], (std::pair<std::string, std::uint64_t>("overload.a.active", 1)));
  EXPECT_EQ(overload.stats()[2],
            (std::pair<std::string, std::uint64_t>("overload.r.pressure", 85)));
  std::remove(file.c_str());
}

}  // namespace
}  // namespace squall::proxy
