#include "config/nearest_host.h"

#include <gtest/gtest.h>

#include <array>

namespace squall::config {
namespace {

const std::array<std::string, 5> kHosts = {
    "front.shop.svc.cluster.local", "front.lab.svc.cluster.local", "pay.bank.svc.cluster.local",
    "pay.default.svc.cluster.local", "api.example.com"};

TEST(NearestHost, ANameOfAnotherNamespaceIsWrittenWithIt) {
  EXPECT_EQ(nearest_host("front", "default", kHosts), "front.shop");
  EXPECT_EQ(nearest_host("frnot", "default", kHosts), "front.shop");
  EXPECT_EQ(nearest_host("frnot", "lab", kHosts), "front");
}

TEST(NearestHost, OneOfTheCallersOwnNamespaceIsNearer) {
  EXPECT_EQ(nearest_host("pey", "default", kHosts), "pay");
  EXPECT_EQ(nearest_host("pey", "bank", kHosts), "pay");
  EXPECT_EQ(nearest_host("pey", "lab", kHosts), "pay.bank");
}

TEST(NearestHost, AWrongNamespaceIsMendedWhateverTheSuffix) {
  EXPECT_EQ(nearest_host("front.shp", "default", kHosts), "front.shop");
  EXPECT_EQ(nearest_host("pay.production.svc.cluster.local", "default", kHosts), "pay");
  EXPECT_EQ(nearest_host("pay.bnk.svc", "default", kHosts), "pay.bank");
}

TEST(NearestHost, AHostOutsideOfTheClusterIsWrittenInFull) {
  EXPECT_EQ(nearest_host("api.exmaple.com", "default", kHosts), "api.example.com");
}

TEST(NearestHost, WhatIsFarFromAllIsNone) {
  EXPECT_EQ(nearest_host("mail", "default", kHosts), std::nullopt);
  EXPECT_EQ(nearest_host("mail.example.org", "default", kHosts), std::nullopt);
  EXPECT_EQ(nearest_host("front", "default", {}), std::nullopt);
}

}  // namespace
}  // namespace squall::config
