#include "config/names.h"

#include <gtest/gtest.h>

namespace squall::config {
namespace {

TEST(Names, AHostWithoutADotIsAServiceBesideTheObject) {
  EXPECT_EQ(resolve_host("API", "shop", "cluster.local"), "api.shop.svc.cluster.local");
}

TEST(Names, AHostWithADotIsTakenAsItStands) {
  EXPECT_EQ(resolve_host("reviews.prod", "shop", "cluster.local"), "reviews.prod");
  EXPECT_EQ(resolve_host("*", "shop", "cluster.local"), "*");
  EXPECT_EQ(resolve_host("fd00::1", "shop", "cluster.local"), "fd00::1");
}

TEST(Names, AnAddressIsNoName) {
  EXPECT_TRUE(is_address("10.0.0.1"));
  EXPECT_TRUE(is_address("fd00::1"));
  EXPECT_FALSE(is_address("bank.example.com"));
  EXPECT_FALSE(is_address("10.0.0"));
  EXPECT_FALSE(is_address("unix:///run/bank"));
  EXPECT_FALSE(is_address(""));
}

TEST(Names, WildcardsHoldWhatEndsLikeThem) {
  EXPECT_TRUE(is_subset("a.b.example", "*.example"));
  EXPECT_TRUE(is_subset("*.b.example", "*.example"));
  EXPECT_FALSE(is_subset("example", "*.example"));
  EXPECT_FALSE(is_subset("*.example", "*.b.example"));
  EXPECT_TRUE(overlap("*.example", "*.b.example"));
  EXPECT_TRUE(is_subset("anything", "*"));
  EXPECT_FALSE(is_subset("*", "*.example"));
}

TEST(Names, TheBareNameIsKnownInItsOwnNamespaceOnly) {
  const std::string host = "api.shop.svc.cluster.local";
  EXPECT_EQ(short_names(host, "shop"),
            (std::vector<std::string>{"api", "api.shop.svc", "api.shop"}));
  EXPECT_EQ(short_names(host, "bank"), (std::vector<std::string>{"api.shop", "api.shop.svc"}));
  EXPECT_TRUE(short_names("www.example.com", "shop").empty());
}

TEST(Names, AppProtocolBeatsThePortsName) {
  EXPECT_EQ(protocol_of("tcp-x", "http", "TCP", 80), Protocol::kHttp);
  EXPECT_EQ(protocol_of("http", "kubernetes.io/h2c", "TCP", 80), Protocol::kHttp2);
  EXPECT_EQ(protocol_of("http", "example.com/thing", "TCP", 80), Protocol::kSniffed);
}

TEST(Names, ThePortsPrefixCountsInAnyCase) {
  EXPECT_EQ(protocol_of("HTTP", "", "TCP", 80), Protocol::kHttp);
  EXPECT_EQ(protocol_of("grpc-web-y", "", "TCP", 80), Protocol::kGrpcWeb);
  EXPECT_EQ(protocol_of("grpc-y", "", "TCP", 80), Protocol::kGrpc);
  EXPECT_EQ(protocol_of("web", "", "TCP", 80), Protocol::kSniffed);
  EXPECT_EQ(protocol_of("http", "", "UDP", 80), Protocol::kUdp);
}

TEST(Names, ServersThatSpeakFirstAreNeverSniffed) {
  EXPECT_EQ(protocol_of("", "", "TCP", 3306), Protocol::kTcp);
  EXPECT_EQ(protocol_of("", "", "TCP", 27017), Protocol::kTcp);
}

TEST(Names, ANamespaceOfADotIsOnesOwn) {
  EXPECT_EQ(split_namespaced("./api", "shop").ns, "shop");
  EXPECT_EQ(split_namespaced("bank/api", "shop").ns, "bank");
  EXPECT_EQ(split_namespaced("api", "shop").name, "api");
}

}  // namespace
}  // namespace squall::config
