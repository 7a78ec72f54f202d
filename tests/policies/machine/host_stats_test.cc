// What is counted of each host, where somebody asks for it.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

Epoch counting(const Plan& plan) {
  Epoch epoch = plan.epoch();
  epoch.counts_hosts = true;
  return epoch;
}

/// "cx_total cx_connect_fail rq_total rq_success rq_error rq_timeout".
std::string counts(const Shell& shell, std::size_t host = 0) {
  const HostStats& s = shell.worker.cluster(0)->host_stats[host];
  return std::to_string(s.cx_total) + " " + std::to_string(s.cx_connect_fail) + " " +
         std::to_string(s.rq_total) + " " + std::to_string(s.rq_success) + " " +
         std::to_string(s.rq_error) + " " + std::to_string(s.rq_timeout);
}

Plan retrying(std::string_view conditions) {
  Plan plan;
  plan.forward.retry = retries_on(conditions);
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  return plan;
}

void ask(Shell& shell, const RequestHead& head = {}) {
  shell.request(head);
  shell.connect(0);
}

const RequestHead& grpc() {
  static const HeaderField type{"content-type", "application/grpc"};
  static const RequestHead head{.method = "POST", .authority = "", .headers = {&type, 1}};
  return head;
}

TEST(HostStats, NothingIsCountedUnlessItIsAskedFor) {
  Shell shell((Plan()));
  ask(shell);
  EXPECT_EQ(shell.worker.cluster(0)->host_stats, nullptr);
}

TEST(HostStats, AResponseIsASuccessOrAnError) {
  for (const auto& [status, expected] : {std::pair<std::uint16_t, const char*>{200, "1 0 1 1 0 0"},
                                         {404, "1 0 1 1 0 0"},
                                         {500, "1 0 1 0 1 0"}}) {
    Shell shell(counting(Plan()));
    ask(shell);
    EXPECT_EQ(counts(shell), "1 0 1 0 0 0");
    shell.respond(0, status);
    EXPECT_EQ(counts(shell), expected);
  }
}

TEST(HostStats, AResponseThatIsTriedAgainIsAnErrorOnce) {
  Shell shell(counting(retrying("retriable-4xx,5xx")));
  ask(shell);
  shell.respond(0, 503);
  EXPECT_EQ(counts(shell), "1 0 1 0 1 0");
  shell.pass(5ms);
  EXPECT_EQ(counts(shell), "1 0 2 0 1 0");
  shell.respond(0, 503);
  EXPECT_EQ(counts(shell), "1 0 2 0 2 0");
}

TEST(HostStats, AResetBeforeTheResponseIsAnErrorAndOneAfterItsHeadIsNot) {
  Shell before(counting(Plan()));
  ask(before);
  before.reset(0, ResetReason::kRemoteReset);
  EXPECT_EQ(counts(before), "1 0 1 0 1 0");
  Shell after(counting(Plan()));
  ask(after);
  after.respond(0, 200, false);
  after.reset(0, ResetReason::kRemoteReset);
  EXPECT_EQ(counts(after), "1 0 1 1 0 0");
}

TEST(HostStats, AfterAnInterimResponseNothingIsAnError) {
  const auto after = [](const auto& happens) {
    Plan plan;
    plan.forward.timeout = 500ms;
    plan.forward.retry = retries_on("5xx");
    plan.forward.retry->per_try_idle_timeout = 100ms;
    Shell shell(counting(plan));
    ask(shell);
    shell.respond(0, {.status = 103, .headers = {}}, false);
    happens(shell);
    return counts(shell);
  };
  EXPECT_EQ(after([](Shell& shell) { shell.reset(0, ResetReason::kRemoteReset); }), "1 0 1 0 0 0");
  EXPECT_EQ(after([](Shell& shell) { shell.pass(100ms); }), "1 0 1 0 0 1");
}

TEST(HostStats, AConnectionThatFailsIsAnErrorOfItsRequestWithoutAStream) {
  Shell refused(counting(Plan()));
  refused.request();
  refused.refuse(0);
  refused.pass(0ms);
  EXPECT_EQ(counts(refused), "1 1 0 0 1 0");
  Shell late(counting(Plan()));
  late.request();
  late.pass(5s);
  EXPECT_EQ(counts(late), "1 1 0 0 1 0");
}

TEST(HostStats, ATimeoutIsAnErrorTooOfAHostThatIsKnown) {
  Plan plan;
  plan.forward.timeout = 100ms;
  Shell global(counting(plan));
  ask(global);
  global.pass(100ms);
  EXPECT_EQ(counts(global), "1 0 1 0 1 1");
  Shell waiting(counting(plan));
  waiting.request();
  waiting.pass(100ms);
  EXPECT_EQ(counts(waiting), "1 0 0 0 0 0");
  Shell begun(counting(plan));
  ask(begun);
  begun.respond(0, 200, false);
  begun.pass(100ms);
  EXPECT_EQ(counts(begun), "1 0 1 1 0 1");
}

TEST(HostStats, APerTryTimeoutCountsEachTime) {
  Plan plan = retrying("reset");
  plan.forward.retry->per_try_timeout = 100ms;
  Shell shell(counting(plan));
  ask(shell);
  shell.pass(150ms);
  EXPECT_EQ(counts(shell), "2 0 1 0 1 1");
  shell.connect(0);
  shell.pass(150ms);
  EXPECT_EQ(counts(shell), "2 0 2 0 2 2");
}

TEST(HostStats, AGrpcResponseCountsByItsStatus) {
  const auto status = [](std::string_view code) { return HeaderField{"grpc-status", code}; };
  const HeaderField good = status("0"), bad = status("14");
  Shell bare(counting(Plan()));
  ask(bare, grpc());
  bare.respond(0, ResponseHead{.status = 200, .headers = {&bad, 1}});
  EXPECT_EQ(counts(bare), "1 0 1 0 1 0");
  for (const auto& [trailer, expected] : {std::pair{good, "1 0 1 1 0 0"}, {bad, "1 0 1 0 1 0"}}) {
    Shell shell(counting(Plan()));
    ask(shell, grpc());
    shell.respond(0, 200, false);
    EXPECT_EQ(counts(shell), "1 0 1 0 0 0");  // it has not said it yet
    shell.event([&] {
      shell.worker.on_response_trailers(shell.worker.attempt_id(0), {&trailer, 1}, shell.now);
    });
    EXPECT_EQ(counts(shell), expected);
  }
}

TEST(HostStats, AGrpcResponseThatEndsWithoutAStatusIsAnError) {
  Shell whole(counting(Plan()));
  ask(whole, grpc());
  whole.respond(0, 200, false);
  whole.respond_body(0, true);
  EXPECT_EQ(counts(whole), "1 0 1 0 1 0");
  Shell cut(counting(Plan()));
  ask(cut, grpc());
  cut.respond(0, 200, false);
  cut.reset(0, ResetReason::kRemoteReset);
  EXPECT_EQ(counts(cut), "1 0 1 0 1 0");
}

}  // namespace
}  // namespace squall::policies
