// What an overloaded proxy does with new connections.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

/// A proxy whose pressure the test sets, with one action that goes as far as it.
struct Pressed {
  explicit Pressed(const std::string& action)
      : file(::testing::TempDir() + "/pressure_" + action), action_(action), hosts(1) {
    set("0");
    proxy = std::make_unique<Running>(
        bootstrap_of(hosts) +
        "overload_manager:\n"
        "  refresh_interval: 0.001s\n"
        "  resource_monitors: [{name: injected, typed_config: {\"@type\": "
        "type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3."
        "InjectedResourceConfig, filename: " +
        file + "}}]\n  actions: [{name: envoy.overload_actions." + action +
        ", triggers: [{name: injected, threshold: {value: 1}}]}]\n");
  }
  ~Pressed() { std::remove(file.c_str()); }
  void set(const std::string& pressure) const { std::ofstream(file) << pressure; }
  /// Waits until the proxy knows.
  bool knows(bool pressed) const {
    const std::string line = action_ + ".active: " + (pressed ? "1\n" : "0\n");
    for (int i = 0; i < 10'000; ++i) {
      if (proxy->admin("/stats?filter=overload").contains(line)) return true;
    }
    return false;
  }
  Peer ask() const {
    Peer client = proxy->client();
    client.send("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n");
    return client;
  }

  std::string file, action_;
  Hosts hosts;
  std::unique_ptr<Running> proxy;
};

TEST(OverloadConnections, AreClosedWhenTheyAreRejected) {
  const Pressed pressed("reject_incoming_connections");
  EXPECT_TRUE(pressed.ask().read_until("hello").contains("200 OK"));
  pressed.set("1");
  ASSERT_TRUE(pressed.knows(true));
  Peer rejected = pressed.proxy->client();
  EXPECT_EQ(rejected.read_until("hello"), "");
  pressed.set("0");
  ASSERT_TRUE(pressed.knows(false));
  EXPECT_TRUE(pressed.ask().read_until("hello").contains("200 OK"));
}

TEST(OverloadConnections, WaitWhileNoneAreAccepted) {
  const Pressed pressed("stop_accepting_connections");
  Peer before = pressed.ask();
  EXPECT_TRUE(before.read_until("hello").contains("200 OK"));
  pressed.set("1");
  ASSERT_TRUE(pressed.knows(true));
  Peer waiting = pressed.ask();
  before.send("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n");  // it is served all the same
  EXPECT_TRUE(before.read_until("hello").contains("200 OK"));
  EXPECT_TRUE(pressed.proxy->admin("/stats").contains("downstream_cx_total: 1\n"));
  pressed.set("0");
  EXPECT_TRUE(waiting.read_until("hello").contains("200 OK"));
}

}  // namespace
}  // namespace squall::proxy
