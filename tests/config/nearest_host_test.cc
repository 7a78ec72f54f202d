#include "config/nearest_host.h"

#include <gtest/gtest.h>

#include <array>

namespace squall::config {
namespace {

const std::array<std::string, 5> kHosts = {
    "front.shop.svc.cluster.local", "front.lab.svc.cluster.local", "pay.bank.svc.cluster.local",
    "pay.default.svc.cluster.local", "api.example.com"};

std::string client_told(std::string_view wrong, std::string_view ns) {
  const auto found = nearest_host(wrong, ns, kHosts);
  return found ? host_for_client(*found, ns) : "none";
}

TEST(NearestHost, ANameOfAnotherNamespaceIsWrittenWithIt) {
  EXPECT_EQ(client_told("front", "default"), "front.shop");
  EXPECT_EQ(client_told("frnot", "default"), "front.shop");
  EXPECT_EQ(client_told("frnot", "lab"), "front");
}

TEST(NearestHost, OneOfTheCallersOwnNamespaceIsNearer) {
  EXPECT_EQ(client_told("pey", "default"), "pay");
  EXPECT_EQ(client_told("pey", "bank"), "pay");
  EXPECT_EQ(client_told("pey", "lab"), "pay.bank");
}

TEST(NearestHost, AWrongNamespaceIsMendedWhateverTheSuffix) {
  EXPECT_EQ(client_told("front.shp", "default"), "front.shop");
  EXPECT_EQ(client_told("pay.production.svc.cluster.local", "default"), "pay");
  EXPECT_EQ(client_told("pay.bnk.svc", "default"), "pay.bank");
}

TEST(NearestHost, AHostOutsideOfTheClusterIsWrittenInFull) {
  EXPECT_EQ(client_told("api.exmaple.com", "default"), "api.example.com");
}

TEST(NearestHost, ARuleNamesAHostOfAnotherNamespaceInFull) {
  EXPECT_EQ(host_for_rule("front.shop.svc.cluster.local", "shop"), "front");
  EXPECT_EQ(host_for_rule("front.shop.svc.cluster.local", "lab"), "front.shop.svc.cluster.local");
  EXPECT_EQ(host_for_rule("api.example.com", "lab"), "api.example.com");
  EXPECT_EQ(nearest_host("front.shop", "lab", kHosts), "front.shop.svc.cluster.local");
}

TEST(NearestHost, WhatIsFarFromAllIsNone) {
  EXPECT_EQ(client_told("mail", "default"), "none");
  EXPECT_EQ(client_told("mail.example.org", "default"), "none");
  EXPECT_EQ(nearest_host("front", "default", {}), std::nullopt);
}

}  // namespace
}  // namespace squall::config
