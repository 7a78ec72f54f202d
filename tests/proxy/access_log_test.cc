// What a running proxy writes of its requests, where that depends on more than one machine.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

/// Where a test's log goes, and the connection manager's field that says so.
struct LogFile {
  explicit LogFile(const std::string& format,
                   const std::string& where = ::testing::TempDir() + "squall_access_log_" +
                                              std::to_string(::getpid()) + ".log")
      : path(where),
        field(
            "                access_log: [{name: file, typed_config: {\"@type\": "
            "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
            path + ", log_format: {text_format_source: {inline_string: \"" + format +
            "\\n\"}}}}]\n") {}
  std::string path, field;
  std::string take() const {
    std::ifstream file(path);
    std::string log(std::istreambuf_iterator<char>(file), {});
    std::remove(path.c_str());
    return log;
  }
};

// As a live Envoy 1.40 does.
TEST(AccessLog, ADelayThatAFilterMakesIsNoPartOfReceivingTheRequest) {
  const LogFile file("%REQUEST_DURATION% %DURATION%");
  const Hosts hosts(1);
  BootstrapText text;
  text.manager = file.field;
  text.filter =
      "                  - {name: fault, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, delay: {fixed_delay: "
      "0.05s, percentage: {numerator: 100}}}}\n";
  Running proxy(bootstrap_of(hosts, text));
  Peer client = proxy.client();
  client.send("GET /direct HTTP/1.1\r\nHost: shop\r\n\r\n");
  client.read_until("hello");
  proxy.stop();
  const std::string log = file.take();
  ASSERT_TRUE(log.starts_with("0 ")) << log;  // head and end came in one turn
  EXPECT_GE(std::stoi(log.substr(2)), 50);
}

// Likewise.
TEST(AccessLog, AHostThatCannotBeReachedIsToldWithTheKernelsReason) {
  const LogFile file(
      "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%");
  BootstrapText text;
  text.manager = file.field;
  text.route_changes =
      "response_headers_to_add: [{header: {key: x-why, value: \"%RESPONSE_CODE_DETAILS%\"}}], ";
  Running proxy(
      bootstrap_of("            - endpoint: {address: {socket_address: {address: "
                   "255.255.255.255, port_value: 80}}}\n",
                   text));
  Peer client = proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const std::string error =
      "immediate_connect_error:_Network_is_unreachable|remote_address:255.255.255.255:80";
  const std::string details =
      "upstream_reset_before_response_started{remote_connection_failure|" + error + "}";
  EXPECT_TRUE(client.read_until("failure").contains("x-why: " + details + "\r\n"));
  proxy.stop();
  EXPECT_EQ(file.take(), "UF " + details + " " + error + "\n");
}

TEST(AccessLog, LinesThatCannotBeWrittenAreCounted) {
  const LogFile file(std::string(70'000, 'x'), "/dev/full");  // a line is written at once
  const Hosts hosts(1);
  Running proxy(bootstrap_of(hosts, {.manager = file.field}));
  Peer client = proxy.client();
  client.send("GET /direct HTTP/1.1\r\nHost: shop\r\n\r\n");
  client.read_until("hello");
  EXPECT_TRUE(proxy.admin("/stats?filter=filesystem")
                  .ends_with("filesystem.reopen_failed: 0\nfilesystem.write_buffered: 1\n"
                             "filesystem.write_completed: 0\nfilesystem.write_failed: 1\n"));
}

}  // namespace
}  // namespace squall::proxy
