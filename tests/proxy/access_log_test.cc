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

// As a live Envoy 1.40 does.
TEST(AccessLog, ADelayThatAFilterMakesIsNoPartOfReceivingTheRequest) {
  const std::string path =
      ::testing::TempDir() + "squall_access_log_" + std::to_string(::getpid()) + ".log";
  const std::string type = "{\"@type\": type.googleapis.com/envoy.extensions.";
  const Hosts hosts(1);
  BootstrapText text;
  text.manager = "                access_log: [{name: file, typed_config: " + type +
                 "access_loggers.file.v3.FileAccessLog, path: " + path +
                 ", log_format: {text_format_source: {inline_string: "
                 "\"%REQUEST_DURATION% %DURATION%\\n\"}}}}]\n";
  text.filter = "                  - {name: fault, typed_config: " + type +
                "filters.http.fault.v3.HTTPFault, delay: {fixed_delay: 0.05s, percentage: "
                "{numerator: 100}}}}\n";
  Running proxy(bootstrap_of(hosts, text));
  Peer client = proxy.client();
  client.send("GET /direct HTTP/1.1\r\nHost: shop\r\n\r\n");
  client.read_until("hello");
  proxy.stop();
  std::ifstream file(path);
  const std::string log(std::istreambuf_iterator<char>(file), {});
  std::remove(path.c_str());
  ASSERT_TRUE(log.starts_with("0 ")) << log;  // head and end came in one turn
  EXPECT_GE(std::stoi(log.substr(2)), 50);
}

}  // namespace
}  // namespace squall::proxy
