#include "policies/base/ip.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "policies/base/mix.h"

namespace squall {
namespace {

bool within(std::string_view network, std::uint8_t bits, std::string_view address) {
  return IpRange{parse_ip(network).value(), bits}.contains(parse_ip(address).value());
}

/// What the C library makes of a text.
std::optional<IpAddress> reference(const std::string& text) {
  IpAddress address;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) return address;
  address = {.bytes = {}, .v6 = true};
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

TEST(Ip, StandsWithAPortAsInUrls) {
  EXPECT_EQ(with_port("10.0.0.1", 80), "10.0.0.1:80");
  EXPECT_EQ(with_port("::1", 80), "[::1]:80");
}

TEST(Ip, ReadsWhatTheCLibraryReads) {
  for (const std::string text :
       {"10.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "fd00::", "1:2:3:4:5:6:7:8", "1::8",
        "::ffff:10.0.0.1", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "FE80::A",
        "abcd:0012::1"}) {
    ASSERT_TRUE(reference(text)) << text;
    EXPECT_EQ(parse_ip(text), reference(text)) << text;
  }
}

TEST(Ip, RefusesWhatTheCLibraryRefuses) {
  for (const std::string text : {"",
                                 " 10.0.0.1",
                                 "10.0.0.1 ",
                                 "10.0.0",
                                 "10.0.0.1.2",
                                 "10.0.0.256",
                                 "010.0.0.1",
                                 "10.0.0.",
                                 ".1.2.3",
                                 "10.0.0.1:80",
                                 "-1.0.0.0",
                                 "+1.0.0.0",
                                 ":",
                                 ":::",
                                 "1:",
                                 ":1",
                                 "::1::",
                                 "1:2",
                                 "1:2:3:4:5:6:7:8:9",
                                 "1:2:3:4:5:6:7:8::",
                                 "::1:2:3:4:5:6:7:8",
                                 "12345::",
                                 "g::",
                                 "[::1]",
                                 "fd00::1%eth0",
                                 "::1.2.3",
                                 "1:2:3:4:5:6:7:1.2.3.4",
                                 "1.2.3.4::",
                                 "0x1::",
                                 "localhost"}) {
    ASSERT_FALSE(reference(text)) << text;
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

/// Texts of the letters of addresses, so that many are nearly right.
TEST(Ip, AgreesWithTheCLibraryOnAnyText) {
  constexpr std::string_view kPieces[] = {":",  "::",  ".", "0",    "1",
                                          "25", "255", "f", "abcd", "::1"};
  std::uint32_t addresses = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    std::string text;
    const std::uint64_t length = 1 + mix(i, Purpose::kRoute, 0) % 16;
    for (std::uint64_t k = 1; k <= length; ++k)
      text += kPieces[mix(i, Purpose::kRoute, k) % std::size(kPieces)];
    const auto expected = reference(text);
    addresses += expected ? 1U : 0U;
    ASSERT_EQ(parse_ip(text), expected) << text;
  }
  EXPECT_GT(addresses, 500U);
}

TEST(IpRange, HoldsTheAddressesWithItsFirstBits) {
  EXPECT_TRUE(within("::1", 128, "::1"));
  EXPECT_TRUE(within("::1", 128, "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(within("::1", 128, "::2"));
  EXPECT_TRUE(within("fd00::", 8, "fd00::1"));
  EXPECT_TRUE(within("fd00::", 8, "fdff:ffff::1"));
  EXPECT_FALSE(within("fd00::", 8, "fe00::1"));
  EXPECT_TRUE(within("2001:db8::", 33, "2001:db8:7fff::"));
  EXPECT_FALSE(within("2001:db8::", 33, "2001:db8:8000::"));
  EXPECT_TRUE(within("10.0.0.0", 8, "10.255.0.1"));
  EXPECT_FALSE(within("10.0.0.0", 8, "11.0.0.0"));
  EXPECT_TRUE(within("192.168.1.77", 30, "192.168.1.79"));  // bits behind the prefix do not count
  EXPECT_FALSE(within("192.168.1.77", 30, "192.168.1.80"));
  EXPECT_TRUE(within("1.2.3.4", 32, "1.2.3.4"));
  EXPECT_FALSE(within("1.2.3.4", 32, "1.2.3.5"));
}

TEST(IpRange, KeepsTheVersionsApart) {
  EXPECT_TRUE(within("0.0.0.0", 0, "9.9.9.9"));
  EXPECT_FALSE(within("0.0.0.0", 0, "::1"));
  EXPECT_TRUE(within("::", 0, "fe00::1"));
  EXPECT_FALSE(within("::", 0, "9.9.9.9"));
  EXPECT_FALSE(within("10.0.0.0", 8, "::ffff:10.0.0.1"));
  EXPECT_TRUE(within("::ffff:10.0.0.0", 104, "::ffff:10.0.0.1"));
  EXPECT_FALSE(within("::ffff:10.0.0.0", 104, "10.0.0.1"));
}

TEST(Ip, AnAddressHasOneText) {
  const std::pair<const char*, const char*> kTexts[] = {{"10.0.0.1", "10.0.0.1"},
                                                        {"2001:DB8:0::1", "2001:db8::1"},
                                                        {"::", "::"},
                                                        {"::1", "::1"},
                                                        {"1::", "1::"},
                                                        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                                                        {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
                                                        {"::ffff:10.0.0.1", "::ffff:10.0.0.1"}};
  for (const auto& [text, one] : kTexts) EXPECT_EQ(to_string(*parse_ip(text)), one) << text;
}

}  // namespace
}  // namespace squall
