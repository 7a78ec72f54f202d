#include "decisions/concern.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/decisions/replayed.h"

namespace squall::decisions {
namespace {

using policies::Command;
using policies::CommandKind;

class Concerns : public testing::Test {
 protected:
  Concerns()
      : configuration_(plan_of_test().epoch(), kUnixSeconds),
        worker_(configuration_, 11, Instant{}) {
    worker_.on_request(0, {.authority = "shop", .headers = {}}, 5, true, now_);
    take_commands();
    worker_.on_connected(worker_.connection_id(0), now_);
    take_commands();
  }
  void take_commands() {
    while (worker_.has_command()) worker_.next_command();
  }
  static Decision of(Event event, std::uint32_t subject, std::uint32_t detail = 0) {
    Decision decision;
    decision.set_event(event);
    decision.set_subject(subject);
    decision.set_detail(detail);
    return decision;
  }
  std::string text(const Concern& concern) const { return describe(concern, configuration_.epoch); }
  std::string text(const Decision& decision) const { return text(concern_of(decision, worker_)); }

  policies::Configuration configuration_;
  policies::Worker worker_;
  Instant now_{};
};

TEST_F(Concerns, AnEventNamesItsRequestAndWhereItWent) {
  const std::string host = text(of(HOST_DRAIN, worker_.attempt(0).host));
  EXPECT_TRUE(host.starts_with("cluster backend, host ")) << host;
  for (const Decision& decision :
       {of(REQUEST_BODY, 0), of(RESPONSE, 0), of(CONNECTED, 0),
        of(TIMER, 0, static_cast<std::uint32_t>(policies::TimerKind::kGlobal)),
        of(TIMER, 0, static_cast<std::uint32_t>(policies::TimerKind::kPerTry)),
        of(TIMER, 0, static_cast<std::uint32_t>(policies::TimerKind::kConnect))}) {
    EXPECT_EQ(concern_of(decision, worker_).request, 0U) << Event_Name(decision.event());
    EXPECT_EQ(text(decision), host) << Event_Name(decision.event());
  }
  EXPECT_EQ(concern_of(of(HOST_RESULT, 0), worker_).request, kNone);
  EXPECT_EQ(text(of(HOST_HEALTH, 0)), "cluster backend");
  EXPECT_EQ(text(of(CONTROL_TIMER, 0, static_cast<std::uint32_t>(policies::TimerKind::kSweep))),
            "cluster backend");
}

TEST_F(Concerns, WhatIsNotThereConcernsNobody) {
  for (const Event event : {REQUEST_BODY, RESPONSE, CONNECTED, HOST_HEALTH, HOST_DRAIN,
                            CHECK_RESULT, TIMER, CLIENT_OPEN, TURN_END}) {
    const Concern concern = concern_of(of(event, 1'000'000), worker_);
    EXPECT_EQ(concern.request, kNone) << Event_Name(event);
    EXPECT_EQ(text(concern), "") << Event_Name(event);
  }
  Decision late = of(RESPONSE, 0);
  late.set_generation(7);
  EXPECT_EQ(concern_of(late, worker_).request, kNone);
  for (std::uint8_t kind = 0; kind < policies::kCommandKinds; ++kind) {
    const Command command(
        {.kind = static_cast<CommandKind>(kind), .subject = 1'000'000, .number = 1'000'000});
    EXPECT_EQ(text(concern_of(command, worker_)), "") << int{kind};
  }
}

TEST_F(Concerns, ACommandNamesWhomItIsAbout) {
  const auto concern = [&](const policies::CommandParts& parts) {
    return concern_of(Command(parts), worker_);
  };
  EXPECT_EQ(concern({.kind = CommandKind::kAnswer, .subject = 0}).request, 0U);
  EXPECT_EQ(concern({.kind = CommandKind::kStart, .subject = 0}).request, 0U);
  EXPECT_EQ(concern({.kind = CommandKind::kClose, .subject = 0}).request, 0U);
  EXPECT_EQ(concern({.kind = CommandKind::kOpen, .subject = 9, .number = 2}).host, 2U);
  EXPECT_EQ(concern({.kind = CommandKind::kPublish, .subject = 0}).cluster, 0U);
  EXPECT_EQ(concern({.kind = CommandKind::kCloseClient, .subject = 0}).request, kNone);
}

TEST(Asked, ARequestIsToldByItsHead) {
  AskedRequests asked;
  EXPECT_EQ(asked.find(0), nullptr);
  const policies::HeaderField id{"x-request-id", "7f"};
  asked.note(2,
             {.method = "POST",
              .authority = "shop",
              .path = "/a\x1b?b",
              .headers = {&id, 1},
              .peer = "::1",
              .peer_port = 80},
             Instant{});
  EXPECT_EQ(describe(*asked.find(2)), "POST shop/a??b, x-request-id 7f, from ::1:80");
  asked.copy(5, 2);
  EXPECT_EQ(asked.find(5)->path, asked.find(2)->path);
  asked.note(2, {.method = "", .authority = "", .path = "", .headers = {}, .peer = "10.0.0.1"},
             Instant{});
  EXPECT_EQ(describe(*asked.find(2)), "TCP connection, from 10.0.0.1");
}

}  // namespace
}  // namespace squall::decisions
