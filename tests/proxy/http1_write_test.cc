#include "proxy/http1_write.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace squall::proxy {
namespace {

/// As a live Envoy 1.40 says them of its own answers.
TEST(Http1Write, AStatusHasTheWordsOfEnvoys) {
  constexpr std::pair<std::uint16_t, std::string_view> kWords[] = {
      {200, "OK"},
      {208, "Already Reported"},
      {226, "IM Used"},
      {305, "Use Proxy"},
      {407, "Proxy Authentication Required"},
      {418, "Unknown"},
      {423, "Locked"},
      {424, "Failed Dependency"},
      {425, "Too Early"},
      {451, "Unknown"},
      {506, "Variant Also Negotiates"},
      {508, "Loop Detected"},
      {510, "Not Extended"},
      {599, "Last Unassigned Server Error Code"},
  };
  for (const auto& [status, words] : kWords) EXPECT_EQ(reason_of(status), words) << status;
}

}  // namespace
}  // namespace squall::proxy
