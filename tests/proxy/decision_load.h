// A proxy under load with hosts that fail in every way, and the log of what it decided.
#pragma once
#include <gtest/gtest.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "config/bootstrap.h"
#include "decisions/replay.h"
#include "tests/proxy/failing_hosts.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {

/// `requests` of a client, one after another on a connection that it keeps. Returns how many were
/// answered 200.
inline int send_requests(const SocketName& proxy, int requests) {
  Peer peer = Peer::to(proxy);
  int good = 0;
  for (int i = 0; i < requests; ++i) {
    peer.send("GET /item?n=1 HTTP/1.1\r\nhost: shop\r\nx-user: somebody\r\naccept: */*\r\n\r\n");
    const std::string_view head = peer.read_until("\r\n\r\n");
    good += head.starts_with("HTTP/1.1 200");
    std::size_t length = 0;
    const std::size_t at = head.find("content-length: "), end = head.find("\r\n\r\n");
    if (at == std::string_view::npos || end == std::string_view::npos) break;
    std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    for (std::size_t had = head.size() - end - 4; had < length;)
      had += peer.read_some(length - had);
  }
  return good;
}

struct LoadedLog {
  decisions::Replayed replayed;
  int good = 0;
};

/// The log of so much load, written by a proxy and replayed.
inline LoadedLog run_load(const std::string& path, int clients, int requests_each) {
  const FailingHosts hosts(3);
  const std::string bootstrap = bootstrap_of(
      hosts.endpoints(),
      {.route = "{cluster: main, timeout: 2s, retry_policy: {retry_on: \"5xx,connect-failure\", "
                "num_retries: 3, per_try_timeout: 0.05s}}",
       .cluster = "      connect_timeout: 1s\n"
                  "      lb_policy: LEAST_REQUEST\n"
                  "      outlier_detection: {consecutive_5xx: 3, interval: 0.2s, "
                  "base_ejection_time: 0.1s, max_ejection_percent: 60}\n"});
  LoadedLog result;
  {
    Running proxy(bootstrap, {.seed = 7,
                              .decision_log = path,
                              .bootstrap_text = bootstrap,
                              .bootstrap_name = "bootstrap.yaml"});
    std::vector<std::thread> threads;
    std::vector<int> good(static_cast<std::size_t>(clients));
    for (int& one : good)
      threads.emplace_back([&] { one = send_requests(proxy.address(), requests_each); });
    for (std::thread& thread : threads) thread.join();
    for (const int one : good) result.good += one;
  }
  auto log = decisions::LogReader::open(path);
  EXPECT_TRUE(log.has_value());
  const decisions::Bootstrap& start = log->start().bootstraps(0);
  auto read = config::parse_bootstrap(start.text(), start.name());
  EXPECT_TRUE(read.has_value());
  decisions::Machines::Configurations configurations;
  configurations.push_back(std::make_unique<policies::Configuration>(std::move(read->epoch),
                                                                     start.unix_seconds_at_zero()));
  auto replayed = decisions::replay(*log, configurations);
  EXPECT_TRUE(replayed.has_value());
  if (replayed) result.replayed = *std::move(replayed);
  return result;
}

}  // namespace squall::proxy
