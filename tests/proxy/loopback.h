// Loopback: a proxy in its own thread, configured for some hosts.
#pragma once
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "config/bootstrap.h"
#include "proxy/shell.h"
#include "tests/proxy/peers.h"

namespace squall::proxy {

/// A running proxy.
class Running {
 public:
  explicit Running(const std::string& bootstrap, const ShellOptions& options = {.seed = 1})
      : stop_(::eventfd(0, EFD_CLOEXEC)) {
    auto documents = config::parse_documents(bootstrap, "bootstrap.yaml");
    auto read = config::read_bootstrap(documents->front());
    if (!read) throw std::runtime_error(to_string(read.error().all().front()));
    auto shell = Shell::open(*std::move(read), options);
    if (!shell) throw std::runtime_error(to_string(shell.error().all().front()));
    shell_ = *std::move(shell);
    thread_ = std::thread([this] { shell_->run(stop_); });
  }
  ~Running() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
  }
  Peer client() const { return Peer::to(shell_->addresses().front()); }
  const SocketName& address() const { return shell_->addresses().front(); }
  const SocketName& admin_address() const { return *shell_->admin_address(); }
  /// An admin page, head and body.
  std::string admin(const std::string& target) const {
    Peer peer = Peer::to(*shell_->admin_address());
    peer.send("GET " + target + " HTTP/1.1\r\nhost: admin\r\n\r\n");
    return std::string(peer.read_until(""));
  }

 private:
  Fd stop_;
  std::unique_ptr<Shell> shell_;
  std::thread thread_;
};

struct BootstrapText {
  std::string route = "{cluster: main}";
  std::string cluster{};        // more fields of the cluster, a line each
  std::string manager{};        // more fields of the connection manager
  std::string route_changes{};  // of the route, "name: value, "
  std::string filter{};         // before the router: its name and its configuration
};

/// One listener and one cluster of these hosts.
inline std::string bootstrap_of(const std::string& endpoints, const BootstrapText& more) {
  const std::string type = "\"@type\": type.googleapis.com/envoy.extensions.filters.";
  return "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n"
         "static_resources:\n"
         "  listeners:\n"
         "    - name: main\n"
         "      address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n"
         "      filter_chains:\n"
         "        - filters:\n"
         "            - name: hcm\n"
         "              typed_config:\n"
         "                " +
         type +
         "network.http_connection_manager.v3.HttpConnectionManager\n"
         "                stat_prefix: test\n" +
         more.manager + "                http_filters:\n" + more.filter +
         "                  - {name: router, typed_config: {" + type +
         "http.router.v3.Router}}\n"
         "                route_config:\n"
         "                  virtual_hosts:\n"
         "                    - name: all\n"
         "                      domains: [\"*\"]\n"
         "                      routes:\n"
         "                        - match: {prefix: /direct}\n"
         "                          direct_response: {status: 200, body: {inline_string: hello}}\n"
         "                        - {match: {prefix: /}, " +
         more.route_changes + "route: " + more.route +
         "}\n"
         "  clusters:\n"
         "    - name: main\n"
         "      type: STATIC\n" +
         more.cluster +
         "      load_assignment:\n"
         "        cluster_name: main\n"
         "        endpoints:\n"
         "          - lb_endpoints:\n" +
         endpoints;
}
inline std::string bootstrap_of(const Hosts& hosts, const BootstrapText& more = {}) {
  return bootstrap_of(hosts.endpoints(), more);
}

}  // namespace squall::proxy
