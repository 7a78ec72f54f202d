#include "decisions/machines.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "tests/decisions/session.h"

namespace squall::decisions {
namespace {

class BrokenDecisions : public testing::Test {
 protected:
  BrokenDecisions()
      : configurations_(configurations_of(plan_of_test())), machines_(configurations_) {}
  static Decision of(Event event, std::uint32_t subject = 0, std::uint32_t detail = 0) {
    Decision decision;
    decision.set_event(event);
    decision.set_subject(subject);
    decision.set_detail(detail);
    return decision;
  }
  void start() {
    EXPECT_EQ(machines_.bring(of(WORKER_START), Instant{}), "");
    EXPECT_EQ(machines_.bring(of(CONTROL_START), Instant{}), "");
  }

  Machines::Configurations configurations_;
  Machines machines_;
};

TEST_F(BrokenDecisions, AMachineStartsBeforeItIsToldOfAnything) {
  EXPECT_EQ(machines_.bring(of(TURN_END), Instant{}), "its machine has not started");
  EXPECT_EQ(machines_.bring(of(CONTROL_START), Instant{}), "its worker has another configuration");
  EXPECT_EQ(machines_.bring(of(TURN_END), Instant{}), "its machine has not started");
  EXPECT_EQ(machines_.bring(of(WORKER_START, 0, 1), Instant{}), "no such configuration");
  Decision third = of(WORKER_START);
  third.set_machine(2);
  EXPECT_EQ(machines_.bring(third, Instant{}), "a machine before it has not started");
}

TEST_F(BrokenDecisions, WhatIsNotThereIsNotTold) {
  start();
  const auto timer = [](policies::TimerKind kind) { return static_cast<std::uint32_t>(kind); };
  const auto result = [](policies::HostResult kind) { return static_cast<std::uint32_t>(kind); };
  const auto level = [](Event event, double number) {
    Decision decision = of(event);
    decision.set_number(std::bit_cast<std::uint64_t>(number));
    return decision;
  };
  const auto gone = [](Event event, int hosts) {
    Decision decision = of(event);
    for (int i = 0; i < hosts; ++i) decision.add_health(1);
    return decision;
  };
  const std::string not_asked = "the cluster asks for no such result";
  const std::vector<std::pair<Decision, std::string>> wrong = {
      {of(REQUEST, 0, 1), "no such listener"},
      {of(REQUEST), "its head is broken"},
      {of(RESPONSE), ""},  // no headers, and of an attempt that is not: a late one
      {of(STREAM_RESET, 0, 99), "no such reason"},
      {of(CLIENT_RESET, 0, 250), "no such reason"},
      {of(HOST_DRAIN, 3), "no such host"},
      {of(HOST_HEALTH, 1), "no such cluster"},
      {of(HOST_HEALTH, 0), "the cluster has another number of hosts"},
      {of(HOSTS, 1), "no such cluster"},
      {gone(HOSTS, 99), "the cluster has another number of hosts"},
      {of(HOSTS), ""},
      {of(CONTROL_HOSTS, 1), "no such cluster"},
      {gone(CONTROL_HOSTS, 99), "the cluster has another number of hosts"},
      {of(CONTROL_HOSTS), ""},
      {of(CONFIG, 0, 1), "no such configuration"},
      {of(CONFIG), "a configuration of another family"},
      {of(CONTROL_CONFIG, 0, 1), "no such configuration"},
      {of(CONTROL_CONFIG), "a configuration of another family"},
      {of(TIMER, 1'000'000, timer(policies::TimerKind::kGlobal)), "no such timer is armed"},
      {of(TIMER, 0, timer(policies::TimerKind::kSweep)), "no such timer is armed"},
      {of(TIMER, 0, timer(policies::TimerKind::kMinRtt)), "no such timer is armed"},
      {of(TIMER, 0, 200), "no such timer is armed"},
      {of(HOST_RESULT, 9), "no such host"},
      {of(HOST_RESULT, 0, 200), "no such result"},
      {of(HOST_RESULT, 0, result(policies::HostResult::kDegraded)), not_asked},
      {of(HOST_RESULT, 0, result(policies::HostResult::kImmediateHealthCheckFail)), not_asked},
      {of(HOST_RESULT, 0, result(policies::HostResult::kFirstConnection)), not_asked},
      {of(CHECK_RESULT, 0), "no such health check"},
      {of(CHECK_RESPONSE, 0), "no such health check"},
      {of(CONTROL_TIMER, 0, timer(policies::TimerKind::kSweep)), "no such timer is armed"},
      {of(CONTROL_TIMER, 0, timer(policies::TimerKind::kCheckInterval)), "no such timer is armed"},
      {of(REDUCED_TIMEOUTS), ""},
      {level(REDUCED_TIMEOUTS, 1.5), "no such level"},
      {level(REDUCED_TIMEOUTS, std::numeric_limits<double>::quiet_NaN()), "no such level"},
      {of(CLIENT_GONE), ""},
      {of(CLIENT_REQUEST, 5), "the client's connection is not open"},
      {of(CLIENT_OPEN, 5, 1), "no such listener"},
      {of(static_cast<Event>(31)), "an event that this version does not know"},
      {of(static_cast<Event>(40)), "an event that this version does not know"},
  };
  for (const auto& [decision, why] : wrong)
    EXPECT_EQ(machines_.bring(decision, Instant{}), why)
        << Event_Name(decision.event()) << decision.detail();
}

TEST_F(BrokenDecisions, ATimerFiresOnceAndNotWhenItIsCancelled) {
  start();
  Decision request = of(REQUEST);
  Head& head = *request.mutable_head();
  head.set_text("GEThttphost/");
  for (const std::uint32_t length : {3U, 4U, 4U, 0U, 1U, 0U}) {
    head.add_runs(0);
    head.add_runs(length);
  }
  request.set_end(true);
  const Decision due = of(TIMER, 0, static_cast<std::uint32_t>(policies::TimerKind::kGlobal));
  EXPECT_EQ(machines_.bring(request, Instant{}), "");
  EXPECT_EQ(machines_.bring(due, at_ns(15'000'000'000)), "");
  EXPECT_EQ(machines_.bring(due, at_ns(15'000'000'000)), "no such timer is armed");
  request.set_generation(1);  // the same slot
  EXPECT_EQ(machines_.bring(request, at_ns(16'000'000'000)), "");
  Decision leaves =
      of(CLIENT_RESET, 0, static_cast<std::uint32_t>(policies::Details::kDownstreamDisconnect));
  leaves.set_generation(1);
  EXPECT_EQ(machines_.bring(leaves, at_ns(17'000'000'000)), "");
  EXPECT_EQ(machines_.bring(due, at_ns(17'000'000'000)), "no such timer is armed");
}

TEST_F(BrokenDecisions, AClientsTimerFiresOnce) {
  start();
  EXPECT_EQ(machines_.bring(of(CLIENT_OPEN, 7), Instant{}), "");
  const Decision idle =
      of(CLIENT_TIMER, 7, static_cast<std::uint32_t>(policies::TimerKind::kClientIdle));
  EXPECT_EQ(machines_.bring(idle, at_ns(3'600'000'000'000)), "");
  EXPECT_EQ(machines_.bring(idle, at_ns(3'600'000'000'000)), "no such timer is armed");
}

TEST_F(BrokenDecisions, ATextIsNewOrRepeatedAndItsLengthFits) {
  start();
  Decision request = of(REQUEST);
  Head& head = *request.mutable_head();
  const auto bring = [&](std::string_view text, std::initializer_list<std::uint32_t> runs) {
    head.set_text(std::string(text));
    head.mutable_runs()->Assign(runs.begin(), runs.end());
    std::string wrong = machines_.bring(request, Instant{});
    if (wrong.empty()) request.set_subject(request.subject() + 1);
    return wrong;
  };
  const char* const broken = "its head is broken";
  head.set_place(1);
  EXPECT_EQ(bring("GEThttphost/", {0, 3, 0, 4, 0, 4, 0, 0, 0, 1}), broken);  // five texts
  EXPECT_EQ(bring("GEThttphost/", {0, 3, 0, 4, 0, 4, 0, 0, 0, 1, 0, 0}), "");
  EXPECT_EQ(bring("", {6}), "");
  EXPECT_EQ(bring("", {7}), broken);  // a name without a value
  EXPECT_EQ(bring("", {HeadTable::kTexts}), "");
  EXPECT_EQ(bring("", {HeadTable::kTexts + 2}), broken);
  EXPECT_EQ(bring("a", {HeadTable::kTexts, 1}), broken);
  EXPECT_EQ(bring("", {~0U}), broken);
  EXPECT_EQ(bring("x", {6, 2, 1}), broken);   // longer than what there is
  EXPECT_EQ(bring("xy", {6, 1, 1}), broken);  // shorter
  EXPECT_EQ(bring("x", {6, ~0U, 1}), broken);
  head.set_place(0);
  EXPECT_EQ(bring("", {6}), broken);
  head.set_place(HeadTable::kPlaces + 1);
  EXPECT_EQ(bring("", {6}), broken);
}

TEST_F(BrokenDecisions, ARequestInAnotherSlotIsADifference) {
  start();
  Decision request = of(REQUEST, 5);
  Head& head = *request.mutable_head();
  head.set_place(1);
  head.add_runs(kRequestTexts);
  EXPECT_EQ(machines_.bring(request, Instant{}), "the request got another slot");
}

}  // namespace
}  // namespace squall::decisions
