// Redirects that are followed for the client, as the machine carries them out.
#include <gtest/gtest.h>

#include "policies/exchange.h"
#include "tests/policies/machine/shell.h"
#include "tests/policies/machine/status_counts.h"

namespace squall::policies {
namespace {

Plan plan_of_test() {
  Plan plan;
  plan.forward.internal_redirect.emplace();
  return plan;
}

/// Requested, connected and started.
void start(Shell& shell, bool complete = true) {
  shell.request({}, complete);
  shell.connect(0);
  shell.take();
}

TEST(InternalRedirect, TheResponseWaitsUntilItIsKnownWhereItLeads) {
  Shell shell(plan_of_test());
  start(shell);
  shell.respond(0, 302);
  EXPECT_EQ(shell.take(), (Lines{"redirect r0 a0"}));
  EXPECT_EQ(shell.gauges().requests, 1U);
}

TEST(InternalRedirect, ANewRequestTakesThePlaceOfTheOldOne) {
  Shell shell(plan_of_test());
  start(shell);
  shell.respond(0, 302);
  shell.take();
  const RequestHead head{.authority = "b.test", .path = "/next", .headers = {}};
  const std::uint32_t fresh = shell.redirect(0, &head);
  EXPECT_EQ(fresh, 1U);
  EXPECT_EQ(shell.take(),
            (Lines{"cancel global r0", "log r0 302 - internal_redirect", "open c1 h0",
                   "arm connect c1 +5000", "arm global r1 +15000", "arm idle c0 +3600000"}));
  shell.end_turn();  // the old stream's connection is the first that is free
  EXPECT_EQ(shell.take(), Lines{"start a1 c0 end"});
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectSucceeded), 1U);
  shell.respond(1, 200);
  EXPECT_EQ(shell.take().back(), "log r1 200 - via_upstream");
  EXPECT_EQ(shell.gauges().requests, 0U);
  EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{200, 1}}));  // that of the client
}

TEST(InternalRedirect, TheClientGetsAResponseThatLeadsNowhere) {
  Shell shell(plan_of_test());
  start(shell);
  shell.respond(0, 302, false);
  shell.take();
  EXPECT_EQ(shell.redirect(0, nullptr), kNone);
  EXPECT_EQ(shell.take(), (Lines{"head r0 a0"}));
  shell.respond_body(0, true);
  EXPECT_EQ(shell.take().back(), "log r0 302 - via_upstream");
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectFailed), 1U);
}

TEST(InternalRedirect, APlaceWithoutARouteLeadsNowhere) {
  Plan plan = plan_of_test();
  plan.virtual_host.domains = {"a.test"};
  Shell shell(plan);
  shell.request({.authority = "a.test", .headers = {}});
  shell.connect(0);
  shell.respond(0, 302);
  shell.take();
  const RequestHead head{.authority = "b.test", .headers = {}};
  EXPECT_EQ(shell.redirect(0, &head), kNone);
  EXPECT_EQ(shell.take().front(), "head r0 a0 end");
}

TEST(InternalRedirect, ARequestIsRedirectedAsOftenAsItsPolicySays) {
  Plan plan = plan_of_test();
  plan.forward.internal_redirect->max_redirects = 2;
  Shell shell(plan);
  start(shell);
  const RequestHead head{.authority = "", .headers = {}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    shell.respond(i, 302);
    EXPECT_EQ(shell.take().back(), "redirect r" + std::to_string(i) + " a" + std::to_string(i));
    shell.redirect(i, &head);
    shell.end_turn();
    shell.take();
  }
  shell.respond(0, 302);
  EXPECT_EQ(shell.take().front(), "head r0 a0 end");
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectSucceeded), 2U);
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectFailed), 1U);
}

TEST(InternalRedirect, OnlyTheCodesOfThePolicyAre) {
  Shell shell(plan_of_test());
  start(shell);
  shell.respond(0, 301);
  EXPECT_EQ(shell.take().front(), "head r0 a0 end");
}

TEST(InternalRedirect, AnIncompleteRequestIsNot) {
  Shell shell(plan_of_test());
  start(shell, false);
  shell.respond(0, 302);
  EXPECT_EQ(shell.take()[1], "head r0 a0 end");
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectFailed), 1U);
}

TEST(InternalRedirect, TheBodyIsKeptAndSentAgain) {
  Shell shell(plan_of_test());
  start(shell, false);
  shell.body(0, 4, true);
  EXPECT_EQ(shell.take().front(), "send a0 4 end");
  shell.respond(0, 302);
  shell.take();
  const RequestHead head{.method = "POST", .authority = "", .headers = {}};
  shell.redirect(0, &head);
  shell.end_turn();
  const Lines lines = shell.take();
  EXPECT_EQ(std::ranges::count(lines, "release r0"), 0);
  EXPECT_EQ(std::ranges::count(lines, "send a1 4 replayed end"), 1)
      << fmt::format("{}", fmt::join(lines, "; "));
  shell.respond(1, 200);
  EXPECT_EQ(shell.take().front(), "release r1");
}

/// What is commanded when a request with a body is redirected by a 303.
Lines after_303(std::string_view method) {
  Plan plan = plan_of_test();
  plan.forward.internal_redirect->codes = {303};
  Shell shell(plan);
  shell.request({.method = method, .authority = "", .headers = {}}, false);
  shell.connect(0);
  shell.body(0, 4, true);
  shell.respond(0, 303);
  shell.take();
  const RequestHead head{.authority = "", .headers = {}};
  shell.redirect(0, &head);
  shell.end_turn();
  return shell.take();
}

TEST(InternalRedirect, A303OfAnotherMethodGoesOnWithoutTheBody) {
  const Lines lines = after_303("POST");
  EXPECT_EQ(std::ranges::count(lines, "release r0"), 1);
  EXPECT_EQ(std::ranges::count(lines, "start a1 c0 end"), 1)
      << fmt::format("{}", fmt::join(lines, "; "));
}

TEST(InternalRedirect, A303OfAGetKeepsTheBody) {
  const Lines lines = after_303("GET");
  EXPECT_EQ(std::ranges::count(lines, "release r0"), 0);
  EXPECT_EQ(std::ranges::count(lines, "send a1 4 replayed end"), 1)
      << fmt::format("{}", fmt::join(lines, "; "));
}

TEST(InternalRedirect, ABodyBeyondTheBufferEndsIt) {
  Plan plan = plan_of_test();
  plan.listener.buffer_limit_bytes = 3;
  Shell shell(plan);
  start(shell, false);
  shell.body(0, 4, true);
  shell.take();
  shell.respond(0, 302);
  EXPECT_EQ(shell.take().front(), "head r0 a0 end");
  EXPECT_EQ(shell.stat(Stat::kInternalRedirectFailed), 1U);
  EXPECT_EQ(shell.stat(Stat::kRetryOrShadowAbandoned), 1U);
}

TEST(InternalRedirect, ALateAnswerIsIgnored) {
  Shell shell(plan_of_test());
  start(shell);
  shell.respond(0, 302);
  shell.leave(0);
  shell.take();
  const std::uint64_t before = shell.worker.stale_events();
  EXPECT_EQ(shell.redirect(0, nullptr), kNone);
  EXPECT_EQ(shell.worker.stale_events(), before + 1);
}

/// Two routes, "one" and "two", of one policy; a request to the first, redirected to the second.
Shell with_predicates(const InternalRedirect& policy) {
  Plan plan;
  plan.forward.internal_redirect = policy;
  for (const char* const name : {"one", "two"}) {
    Route& route = plan.routes.emplace_back();
    route.name = name;
    route.match.path.value = std::string("/") + name;
    route.action = plan.forward;
  }
  return Shell(plan);
}
RequestHead to(std::string_view path) {
  return {.authority = "b.test", .path = path, .headers = {}};
}

/// Whether a 302 of the newest attempt leads to the path.
bool leads(Shell& shell, std::uint32_t request, std::uint32_t attempt, std::string_view path) {
  shell.respond(attempt, 302);
  const RequestHead head = to(path);
  return shell.redirect(request, &head) != kNone;
}

TEST(InternalRedirect, OnlyRoutesOfTheListAreLedTo) {
  for (const auto& [name, allowed] : {std::pair{"two", true}, {"one", false}}) {
    Shell shell =
        with_predicates({.codes = {302}, .allowed_routes = {{name}}, .copied_headers = {}});
    shell.request(to("/one"));
    shell.connect(0);
    EXPECT_EQ(leads(shell, 0, 0, "/two"), allowed);
    EXPECT_EQ(shell.stat(Stat::kInternalRedirectFailed), allowed ? 0U : 1U);
  }
}

TEST(InternalRedirect, ARouteLeadsToAnotherOnceWhereItMustBeNew) {
  Shell shell = with_predicates({.max_redirects = 9,
                                 .codes = {302},
                                 .new_routes_only = true,
                                 .allowed_routes = {},
                                 .copied_headers = {}});
  shell.request(to("/one"));
  shell.connect(0);
  std::uint32_t request = 0, attempt = 0;
  for (const auto& [path, new_one] : {std::pair{"/two", true}, {"/one", true}, {"/two", false}}) {
    shell.respond(attempt, 302);
    const RequestHead head = to(path);
    const std::uint32_t next = shell.redirect(request, &head);
    EXPECT_EQ(next != kNone, new_one) << path;
    if (next == kNone) return;
    shell.pass(1ms);
    request = next;
    attempt = shell.worker.request(next).newest_attempt;
  }
}

/// One route that redirects from, which may lead to `list` alone, and one that leads elsewhere.
Plan plan_of_places() {
  Plan plan = plan_of_test();
  plan.clusters.push_back(cluster_named("other", 1));
  plan.virtual_host.domains = {"*"};
  Route& other = plan.routes.emplace_back();
  other.name = "other";
  other.match.path.value = "/other";
  other.action = forward_to({{"other", 1}});
  Route& said = plan.routes.emplace_back();
  said.name = "said";
  said.match.path.value = "/said";
  said.action = DirectResponse{.status = 201, .body = {}};
  return plan;
}

/// What a log names of a request that was redirected to a path.
std::pair<std::string, std::uint32_t> logged(const Plan& plan, std::string_view path) {
  Shell shell(plan);
  start(shell);
  shell.respond(0, 302);
  const RequestHead head{.authority = {}, .path = path, .headers = {}};
  shell.redirect(0, &head);
  const LoggedRoute logged = logged_route(shell.worker, shell.worker.request(0));
  return {logged.route == nullptr ? "none" : logged.route->name, logged.cluster};
}

TEST(InternalRedirect, ALogNamesTheRouteThatWasLookedFor) {
  using Named = std::pair<std::string, std::uint32_t>;
  EXPECT_EQ(logged(plan_of_places(), "/other"), Named("other", 1));
  EXPECT_EQ(logged(plan_of_places(), "/said"), Named("said", kNone));
  Plan plan = plan_of_places();
  plan.forward.internal_redirect->allowed_routes.emplace();
  EXPECT_EQ(logged(plan, "/other"), Named("other", 1));  // though it was not followed
  plan.virtual_host.require_tls = VirtualHost::RequireTls::kNone;
  Shell shell(plan);
  start(shell);
  const LoggedRoute own = logged_route(shell.worker, shell.worker.request(0));
  EXPECT_EQ(own.cluster, 0U);
}

TEST(InternalRedirect, APlaceIsTakenByTheListenersRules) {
  Plan plan = plan_of_places();
  plan.listener.target = {.normalize_path = true, .merge_slashes = true};
  Shell shell(plan);
  start(shell);
  shell.respond(0, 302);
  shell.take();
  // The route is looked for twice: as the path is written, and in its normal form.
  const RequestHead head{.authority = {}, .path = "/other/../said", .headers = {}};
  shell.redirect(0, &head);
  EXPECT_EQ(std::ranges::count(shell.take(), "log r1 201 - direct_response"), 1);
  EXPECT_EQ(logged_route(shell.worker, shell.worker.request(0)).route->name, "other");
}

TEST(InternalRedirect, APlaceThatTheListenerDoesNotTakeIsAnswered) {
  Plan plan = plan_of_places();
  plan.listener.target = {.normalize_path = true, .escaped_slashes = EscapedSlashes::kRedirect};
  for (const auto& [path, status] : {std::pair("/other%00", 400), {"/other%2Fa", 307}}) {
    Shell shell(plan);
    start(shell);
    shell.respond(0, 302);
    shell.take();
    const RequestHead head{.authority = {}, .path = path, .headers = {}};
    shell.redirect(0, &head);
    const Lines lines = shell.take();
    const std::string answered = fmt::format("log r1 {} - path_normalization_failed", status);
    EXPECT_EQ(std::ranges::count(lines, answered), 1);
    EXPECT_EQ(std::ranges::count(lines, "log r0 302 - internal_redirect"), 1);
    EXPECT_EQ(shell.stat(Stat::kInternalRedirectSucceeded), 1U);
    EXPECT_EQ(shell.gauges().requests, 0U);
  }
}

}  // namespace
}  // namespace squall::policies
