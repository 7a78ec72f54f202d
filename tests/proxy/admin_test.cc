#include "proxy/admin.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kReady = "GET /ready HTTP/1.1\r\nhost: admin\r\n\r\n";

/// Closed by the proxy, without a byte.
bool is_closed(const Peer& peer) {
  pollfd ready{peer.fd(), POLLIN, 0};
  char byte = 0;
  return ::poll(&ready, 1, 10'000) == 1 && ::recv(peer.fd(), &byte, 1, 0) == 0;
}

class Admins : public ::testing::Test {
 protected:
  Peer connect() const { return Peer::to(proxy_.admin_address()); }
  /// So many clients that say nothing; each is taken once the next call's is answered.
  std::vector<Peer> idle(std::size_t count) const {
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < count; ++i) peers.push_back(connect());
    return peers;
  }
  static bool is_served(Peer& peer) {
    peer.send(kReady);
    return peer.read_until("LIVE\n").ends_with("LIVE\n");
  }

  Hosts hosts_{1};
  Running proxy_{bootstrap_of(hosts_)};
};

/// While it lives, this process gets no descriptor more.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{64, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (;;) {
      Fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!one) break;
      taken_.push_back(std::move(one));
    }
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<Fd> taken_;
};

/// A client whose descriptor is there before it connects.
class Prepared {
 public:
  Prepared() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {}
  Peer connect_to(const SocketName& name) {
    EXPECT_EQ(::connect(socket_.get(), name.get(), name.size), 0);
    return Peer(std::move(socket_));
  }

 private:
  Fd socket_;
};

TEST_F(Admins, ClientsThatNeverCloseMakeRoomForTheNext) {
  std::vector<Peer> peers = idle(Admin::kMostConnections);
  for (int i = 0; i < 3; ++i) {
    peers.push_back(connect());
    EXPECT_TRUE(is_served(peers.back()));
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(is_closed(peers[i]));
  EXPECT_TRUE(is_served(peers[3]));
}

TEST_F(Admins, TheClientThatHasBeenSilentForLongestGoesFirst) {
  std::vector<Peer> peers = idle(Admin::kMostConnections);
  EXPECT_TRUE(is_served(peers.back()));  // all before it are taken
  EXPECT_TRUE(is_served(peers[0]));
  Peer next = connect();
  EXPECT_TRUE(is_served(next));
  EXPECT_TRUE(is_closed(peers[1]));
  EXPECT_TRUE(is_served(peers[2]));
}

TEST_F(Admins, WhatARequestMayHaveIsLimitedAndSaysSo) {
  Peer large = connect();
  large.send("GET / HTTP/1.1\r\nx: " + std::string(kMostHeadBytes, 'x'));
  std::string_view answer = large.read_until(" at most\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nthe head of a request has 61440 bytes at most\n"));
  Peer many = connect();
  std::string fields = "GET / HTTP/1.1\r\nhost: a\r\n";
  for (std::size_t i = 0; i < kMostFields; ++i) fields += "x: 1\r\n";
  many.send(fields + "\r\n");
  answer = many.read_until(" at most\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\na request has 100 fields at most\n"));
  Peer broken = connect();
  broken.send("what?\r\n\r\n");
  EXPECT_TRUE(broken.read_until("").ends_with("\r\n\r\nBad Request\n"));
}

TEST_F(Admins, AClientThatNeverStopsSendingIsClosed) {
  Peer client = connect();
  client.send(kReady);
  const std::string more(4096, 'x');
  std::size_t sent = 0;
  while (sent < std::size_t{64} * 1024 * 1024 &&
         ::send(client.fd(), more.data(), more.size(), MSG_NOSIGNAL) > 0) {
    sent += more.size();
  }
  EXPECT_LT(sent, std::size_t{64} * 1024 * 1024);
  Peer other = connect();
  EXPECT_TRUE(is_served(other));
}

TEST_F(Admins, WithoutDescriptorsTheMostSilentClientMakesRoom) {
  Peer silent = connect();
  Prepared prepared;
  Peer talks = connect();
  EXPECT_TRUE(is_served(talks));  // both are taken
  const NoDescriptors none;
  Peer next = prepared.connect_to(proxy_.admin_address());
  EXPECT_TRUE(is_served(next));
  EXPECT_TRUE(is_closed(silent));
}

/// Of clients that come one after another, each is turned away.
void check_turned_away(const SocketName& name) {
  Prepared prepared[3];
  std::vector<Peer> peers;  // kept, so that no descriptor is given back
  const NoDescriptors none;
  for (Prepared& one : prepared) {
    peers.push_back(one.connect_to(name));
    EXPECT_TRUE(is_closed(peers.back()));
  }
}

TEST_F(Admins, WithoutDescriptorsAndClientsOneIsTurnedAway) {
  check_turned_away(proxy_.admin_address());
}

TEST_F(Admins, WithoutDescriptorsTheProxysClientsAreTurnedAway) {
  check_turned_away(proxy_.address());
}

}  // namespace
}  // namespace squall::proxy
