// IpAddress, IpRange: which addresses does a range hold?
//
// Text is read once; then bits are compared. The versions are apart: an IPv4 address written as
// IPv6 (::ffff:10.0.0.1) is of version 6, as in Envoy. Source: RFC 4291, section 2.2, RFC 4632;
// what is no address is what inet_pton refuses. Cost: no allocation.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace squall {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  bool v6 = false;

  bool operator==(const IpAddress&) const = default;
};

/// "10.0.0.1", "fd00::1"; no brackets, port, zone or blanks.
std::optional<IpAddress> parse_ip(std::string_view text);
/// As RFC 5952 writes it: "2001:db8::1", "::ffff:10.0.0.1".
std::string to_string(const IpAddress& address);
/// "10.0.0.1:80", "[::1]:80".
std::string with_port(std::string_view address, std::uint16_t port);

struct IpRange {
  IpAddress network;
  std::uint8_t bits = 0;  // that count: 0..32, 0..128

  bool contains(const IpAddress& address) const;
  bool operator==(const IpRange&) const = default;
};

}  // namespace squall
