#include "policies/exchange.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/policies/kept_requests.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

/// What attempt 0 sends.
KeptRequest sent(const Shell& shell, const KeptRequest& request) {
  KeptRequest out;
  HeaderEdits edits;
  upstream_request(shell.worker, 0, request, edits, out);
  for (HeaderField& field : out.headers) {  // views into `edits`
    field = {out.text.store(field.name), out.text.store(field.value)};
  }
  out.authority = out.text.store(out.authority);
  return out;
}

TEST(Exchange, AnAttemptKeepsTheRoutersHeadersBackAndAddsItsOwn) {
  Plan plan;
  plan.virtual_host.request_attempt_count = true;
  plan.virtual_host.is_timeout_retry = true;
  plan.forward.retry = retries_on("reset");
  plan.forward.retry->per_try_timeout = 200ms;
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  const KeptRequest request =
      request_of({{"x-envoy-max-retries", "3"}, {"x-envoy-expected-rq-timeout-ms", "5"}});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  const KeptRequest first = sent(shell, request);
  EXPECT_EQ(value(first.headers, "x-envoy-max-retries"), "absent");
  EXPECT_EQ(value(first.headers, "x-envoy-expected-rq-timeout-ms"), "200");
  EXPECT_EQ(value(first.headers, "x-envoy-attempt-count"), "1");
  EXPECT_EQ(value(first.headers, "x-envoy-is-timeout-retry"), "absent");
  shell.pass(200ms);
  shell.connect(0);
  const KeptRequest second = sent(shell, request);
  EXPECT_EQ(value(second.headers, "x-envoy-attempt-count"), "2");
  EXPECT_EQ(value(second.headers, "x-envoy-is-timeout-retry"), "true");
  shell.close(0);
  EXPECT_EQ(value(request.headers, "x-envoy-expected-rq-timeout-ms"), "5");  // as it was
}

TEST(Exchange, SuppressedHeadersPassAsTheyCame) {
  Plan plan;
  plan.listener.suppress_envoy_headers = true;
  const KeptRequest request = request_of({{"x-envoy-expected-rq-timeout-ms", "5"}});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  EXPECT_EQ(value(sent(shell, request).headers, "x-envoy-expected-rq-timeout-ms"), "5");
  shell.respond(0);
  KeptResponse response;
  shape_response(shell.worker, 0, request, shell.now, response);
  EXPECT_EQ(value(response.headers, "x-envoy-upstream-service-time"), "absent");
  EXPECT_EQ(value(response.headers, "server"), "envoy");
}

TEST(Exchange, ALogHasTheHeadAsItsRouteLeftIt) {
  Plan plan;
  plan.forward.path_rewrite.prefix = "/new";
  const KeptRequest request = request_of({{"x-envoy-max-retries", "1"}}, "/old");
  HeaderEdits edits;
  KeptRequest logged;
  Shell served(plan);
  served.request(request.view());
  EXPECT_TRUE(logged_request(served.worker, 0, request, edits, logged));
  EXPECT_EQ(logged.path, "/newold");
  EXPECT_EQ(value(logged.headers, "x-envoy-original-path"), "/old");
  EXPECT_EQ(value(logged.headers, "x-envoy-max-retries"), "absent");
  EXPECT_EQ(value(logged.headers, "x-envoy-expected-rq-timeout-ms"), "15000");
  plan.forward.clusters[0].cluster = "gone";
  Shell nowhere(plan);
  nowhere.request(request.view());
  EXPECT_FALSE(logged_request(nowhere.worker, 0, request, edits, logged));
}

TEST(Exchange, AutomaticHostRewriteTakesThePickedHostsName) {
  Plan plan;
  plan.forward.host_rewrite.automatic = true;
  plan.cluster().hosts[0].hostname = "host.test";
  const KeptRequest request = request_of({});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  const KeptRequest out = sent(shell, request);
  EXPECT_EQ(out.authority, "host.test");
  EXPECT_EQ(value(out.headers, "x-envoy-original-host"), "a.test");
}

TEST(Exchange, AnAttemptTellsTheTimeoutFromBeforeItsWaitForAConnection) {
  Shell shell{Plan()};
  const KeptRequest request = request_of({});
  shell.request(request.view());
  shell.pass(300ms);
  shell.connect(0);
  EXPECT_EQ(value(sent(shell, request).headers, "x-envoy-expected-rq-timeout-ms"), "15000");
}

TEST(Exchange, TheReplacedHostMayBeForwarded) {
  Plan plan;
  plan.forward.host_rewrite.literal = "new.test";
  plan.forward.host_rewrite.append_forwarded = true;
  Shell shell(plan);
  const KeptRequest request = request_of({{"x-forwarded-host", "first.test"}});
  shell.request(request.view());
  const KeptRequest out = sent(shell, request);
  EXPECT_EQ(out.authority, "new.test");
  EXPECT_EQ(value(out.headers, "x-forwarded-host"), "first.test,a.test");
}

TEST(Exchange, ARequestThatIsLetThroughSaysSo) {
  LocalRateLimitConfig limit;
  limit.has_bucket = true;
  limit.bucket.fill_interval = 90s;
  limit.enabled.numerator = 100;
  limit.request_headers = {{.name = "x-over", .value = "%REQ(:path)%"}};
  Plan plan;
  plan.listener.filters.push_back({.name = "limit", .config = limit});
  plan.virtual_host.headers.request_add = {{.name = "x-seen", .value = "%REQ(x-over)%"}};
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(value(sent(shell, request_of({})).headers, "x-over"), "absent");
  shell.leave(0);
  shell.request();
  const KeptRequest over = sent(shell, request_of({}, "/a"));
  EXPECT_EQ(value(over.headers, "x-over"), "/a");
  EXPECT_EQ(value(over.headers, "x-seen"), "/a");
}

TEST(Exchange, ACopysHostMayBeAnother) {
  Plan plan;
  MirrorPolicy& mirror = plan.forward.mirrors.emplace_back();
  mirror.cluster = "main";
  mirror.host_rewrite = "other.test";
  Epoch epoch = plan.epoch();
  auto& forward = std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[0].action);
  forward.mirrors[0].cluster = epoch.clusters[0].name;
  Shell shell(std::move(epoch));
  shell.request();
  KeptRequest out;
  HeaderEdits edits;
  mirrored_request(shell.worker, 1, 0, request_of({}), edits, out);
  EXPECT_EQ(out.authority, "other.test");
}

TEST(Exchange, ValuesNameTheClientsProtocol) {
  Epoch epoch = Plan().epoch();
  epoch.listeners[0].routes.hosts[0].headers.request_add = {{"x-by", "%PROTOCOL%"}};
  epoch.index();
  KeptRequest request = request_of({});
  for (const bool http2 : {false, true}) {
    Shell one(epoch);
    request.http2 = http2;
    one.request(request.view());
    one.connect(0);
    EXPECT_EQ(value(sent(one, request).headers, "x-by"), http2 ? "HTTP/2" : "HTTP/1.1");
  }
}

}  // namespace
}  // namespace squall::policies
