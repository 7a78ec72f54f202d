#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

TEST(BootstrapListeners, AddressBufferAndNameAreItsShells) {
  const Bootstrap b = good({.listener = ", per_connection_buffer_limit_bytes: 4096"});
  EXPECT_EQ(b.listeners[0].name, "in");
  EXPECT_EQ(b.epoch.listeners[0].name, "in");
  EXPECT_EQ(b.listeners[0].address.address, "0.0.0.0");
  EXPECT_EQ(b.listeners[0].address.port, 8080);
  EXPECT_EQ(b.epoch.listeners[0].buffer_limit_bytes, 4096U);
}

TEST(BootstrapListeners, WhatWouldChangeWhoIsServedIsRefused) {
  EXPECT_EQ(error({.listener = ", bind_to_port: false"}),
            "bind_to_port is not supported by squall");
  EXPECT_EQ(error({.listener = ", listener_filters: [{name: x}]"}),
            "listener_filters is not supported by squall");
}

TEST(BootstrapListeners, AnAccessLogsFormatIsTextOrJson) {
  const auto log = [](const std::string& fields) {
    return ", access_log: [{name: l, typed_config: {\"@type\": "
           "t/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: a.log" +
           fields + "}}]";
  };
  const auto read = [&](const std::string& fields) {
    return good({.manager = log(fields)}).listeners[0].access_logs.at(0);
  };
  EXPECT_EQ(read("").path, "a.log");
  EXPECT_EQ(read(", format: '%PROTOCOL%'").text_format, "%PROTOCOL%");
  EXPECT_TRUE(read(", log_format: {json_format: {a: '%PROTOCOL%'}}").json_format);
  EXPECT_EQ(error({.manager = ", access_log: [{name: l, typed_config: {\"@type\": t/x.Log}}]"}),
            "access_log[0].typed_config.@type: t/x.Log is not supported by squall");
}

/// A second listener beside the one that is named "in", at 0.0.0.0:8080.
std::string error_of_second(std::string_view name, std::string_view address, int port) {
  Parts parts;
  const std::string text = text_of(parts);
  const std::size_t at = text.find("  - {name: in,");
  std::string more = text.substr(at);
  const auto put = [&](std::string_view old, const std::string& fresh) {
    more.replace(more.find(old), old.size(), fresh);
  };
  put("name: in,", fmt::format("name: {},", name));
  put("0.0.0.0", std::string(address));
  put("8080", std::to_string(port));
  const Result<Bootstrap> bootstrap = read(text + more);
  return bootstrap ? "" : to_string(bootstrap.error().sorted().front());
}

TEST(BootstrapListeners, EachHasANameAndAnAddressOfItsOwn) {
  EXPECT_EQ(error_of_second("other", "0.0.0.0", 8081), "");
  EXPECT_EQ(error_of_second("other", "127.0.0.1", 8080), "");  // the more special one gets it
  EXPECT_EQ(error_of_second("other", "0.0.0.0", 0), "");
  EXPECT_EQ(error_of_second("''", "0.0.0.0", 8081), "");
  EXPECT_EQ(error_of_second("in", "0.0.0.0", 8081),
            "b.yaml:14:5: error: static_resources.listeners[1]: the listener \"in\" is repeated; "
            "give each listener its own name");
  EXPECT_EQ(error_of_second("other", "0.0.0.0", 8080),
            "b.yaml:14:5: error: static_resources.listeners[1]: has the duplicate address "
            "0.0.0.0:8080 of the listener \"in\"; give each listener its own address");
}

}  // namespace
}  // namespace squall::config
