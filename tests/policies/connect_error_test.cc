#include "policies/connect_error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "policies/cluster_config.h"

namespace squall::policies {
namespace {

TEST(ConnectError, SaysWhatTheKernelSaid) {
  TextArena arena;
  HostConfig host;
  host.address = "2001:db8::1";
  host.port = 80;
  EXPECT_EQ(to_text({}, &host, arena), "");
  EXPECT_EQ(to_text(kConnectionRefused, &host, arena), "delayed_connect_error:_Connection_refused");
  const ConnectError unreachable{.number = ENETUNREACH, .immediate = true};
  EXPECT_EQ(to_text(unreachable, &host, arena),
            "immediate_connect_error:_Network_is_unreachable|remote_address:[2001:db8::1]:80");
  EXPECT_EQ(to_text(unreachable, nullptr, arena),
            "immediate_connect_error:_Network_is_unreachable");
  EXPECT_EQ(to_text({.number = kMostErrorNumber}, &host, arena),
            "delayed_connect_error:_Unknown_error_4095");
}

}  // namespace
}  // namespace squall::policies
