#include "proxy/admin_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

nlohmann::json body_of(const std::string& page) {
  EXPECT_TRUE(page.contains("content-type: application/json\r\n")) << page;
  return nlohmann::json::parse(page.substr(page.find("\r\n\r\n") + 4));
}

TEST(AdminPages, ConfigDumpHasTheBootstrapAsItWasRead) {
  const Hosts hosts(1);
  const std::string text = bootstrap_of(hosts);
  const Running proxy(text, {.seed = 1, .bootstrap_text = text, .bootstrap_name = "b.yaml"});
  const nlohmann::json dump = body_of(proxy.admin("/config_dump"));
  ASSERT_EQ(dump.at("configs").size(), 1U);
  const nlohmann::json& first = dump.at("configs").at(0);
  EXPECT_EQ(first.at("@type"), "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump");
  const nlohmann::json& resources = first.at("bootstrap").at("static_resources");
  EXPECT_EQ(resources.at("clusters").at(0).at("name"), "main");
  EXPECT_EQ(resources.at("listeners").at(0).at("address").at("socket_address").at("port_value"), 0);
}

TEST(AdminPages, ServerInfoSaysWhichVersionRunsWhat) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts), {.seed = 1, .bootstrap_name = "b.yaml"});
  const nlohmann::json info = body_of(proxy.admin("/server_info"));
  const std::string version = info.at("version");
  EXPECT_TRUE(version.starts_with("squall-proxy/" + std::string(kVersionNumber) + "/Clean/"));
  EXPECT_EQ(std::ranges::count(version, '/'), 4);
  EXPECT_EQ(info.at("state"), "LIVE");
  EXPECT_EQ(info.at("command_line_options").at("config_path"), "b.yaml");
  EXPECT_TRUE(info.at("uptime_current_epoch").get<std::string>().ends_with("s"));
}

TEST(AdminPages, HelpNamesEveryPage) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  const std::string help = proxy.admin("/help");
  for (const std::string page : {"/clusters", "/config_dump", "/help", "/listeners", "/ready",
                                 "/server_info", "/stats", "/stats/prometheus"}) {
    EXPECT_TRUE(help.contains("\n  " + page)) << page;
    EXPECT_TRUE(proxy.admin(page).starts_with("HTTP/1.1 200 OK\r\n")) << page;
  }
  EXPECT_TRUE(proxy.admin("/quitquitquit").starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST(AdminPages, GaugesAreToldFromCountersByTheirKind) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  const std::string page = proxy.admin("/stats?format=prometheus");
  EXPECT_TRUE(page.contains("# TYPE envoy_http_downstream_cx_active gauge\n"));
  EXPECT_TRUE(page.contains("# TYPE envoy_http_downstream_cx_total counter\n"));
  EXPECT_TRUE(page.contains("# TYPE envoy_cluster_membership_total gauge\n"));
  EXPECT_TRUE(page.contains("# TYPE envoy_server_live gauge\n"));
}

}  // namespace
}  // namespace squall::proxy
