#include "proxy/socket.h"

#include <gtest/gtest.h>

namespace squall::proxy {
namespace {

SocketName loopback(std::string_view address, std::uint16_t port) {
  return *socket_name(address, port);
}

TEST(Socket, NamesAreNumericAndHaveATextOfTheirOwn) {
  EXPECT_EQ(loopback("127.0.0.1", 80).text(), "127.0.0.1:80");
  EXPECT_EQ(loopback("0:0::1", 80).text(), "[::1]:80");
  EXPECT_EQ(loopback("::1", 80).address(), "::1");
  EXPECT_FALSE(socket_name("localhost", 80));
}

TEST(Socket, AListenerOfVersion6LeavesThePortOfVersion4Alone) {
  if (!listen_on(loopback("::", 0))) GTEST_SKIP() << "this machine has no IPv6";
  bool both = false;
  for (int i = 0; i < 20 && !both; ++i) {  // a port may be another program's
    const Result<Fd> four = listen_on(loopback("0.0.0.0", 0));
    both = four && listen_on(loopback("::", name_of(*four).port()));
  }
  EXPECT_TRUE(both);
}

}  // namespace
}  // namespace squall::proxy
