#include "policies/internal_redirect.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

Plan plan_of_test() {
  Plan plan;
  plan.forward.internal_redirect.emplace();
  return plan;
}

/// What a request for http://a.test/from of attempt 0 becomes, or nothing.
struct Redirected {
  explicit Redirected(const Plan& plan, std::string location, std::uint16_t status = 302,
                      std::string_view method = "GET") {
    Shell shell(plan);
    shell.request({.authority = "a.test", .path = "/from", .headers = {}});
    shell.connect(0);
    KeptRequest request;
    request.method = method;
    request.authority = "a.test";
    request.path = "/from";
    request.headers = {{"content-length", "4"}, {"x-mine", "kept"}};
    const std::vector<HeaderField> headers{{"location", location}, {"x-token", "secret"}};
    HeaderEdits edits;
    leads = redirected_request(shell.worker, 0, request, {.status = status, .headers = headers},
                               edits, head);
  }
  std::string url() const {
    return leads ? std::string(head.scheme) + "://" + std::string(head.authority) +
                       std::string(head.path)
                 : "nowhere";
  }
  std::string_view value(std::string_view name) const {
    return find_header(head.headers, name).value_or("absent");
  }
  bool leads = false;
  KeptRequest head;
};

std::string url_of(const std::string& location) {
  return Redirected(plan_of_test(), location).url();
}

TEST(RedirectedRequest, GoesWhereLocationPoints) {
  EXPECT_EQ(url_of("http://b.test/next?x=1"), "http://b.test/next?x=1");
  EXPECT_EQ(url_of("http://b.test:8080/next#part"), "http://b.test:8080/next");
  EXPECT_EQ(url_of("http://b.test"), "http://b.test/");
  EXPECT_EQ(url_of("http://b.test?x=1"), "http://b.test/?x=1");
}

TEST(RedirectedRequest, OnlyAnAbsoluteUrlOfHttpLeadsSomewhere) {
  for (const char* location :
       {"/next", "b.test/next", "ftp://b.test/", "http:///next", "http://", ""})
    EXPECT_EQ(url_of(location), "nowhere") << location;
}

/// An upstream does not get to write lines of a request.
TEST(RedirectedRequest, WhatCannotStandInARequestLeadsNowhere) {
  for (const char* location :
       {"http://b.test/next HTTP/1.1", "http://b.test/a b", "http://b.test/a\tb",
        "http://b.test/\x7f", "http://b test/next", "http://b.test:abc/next", "http://b.test:/next",
        "http://b.test:65536/", "http://b.test:80x/", "http://:80/next"})
    EXPECT_EQ(url_of(location), "nowhere") << location;
  EXPECT_EQ(url_of("http://[::1]:80/next"), "http://[::1]:80/next");
  EXPECT_EQ(url_of("http://[::1]/next"), "http://[::1]/next");
}

TEST(RedirectedRequest, AnotherSchemeIsAskedForOnlyWhereAllowed) {
  Plan plan = plan_of_test();
  EXPECT_EQ(Redirected(plan, "https://a.test/next").url(), "nowhere");
  plan.forward.internal_redirect->allow_cross_scheme = true;
  EXPECT_EQ(Redirected(plan, "https://a.test/next").url(), "https://a.test/next");
  plan.forward.internal_redirect->safe_cross_scheme = true;
  EXPECT_EQ(Redirected(plan, "https://a.test/next").url(), "nowhere");
  EXPECT_EQ(Redirected(plan, "http://a.test/next").url(), "http://a.test/next");
}

/// What a live Envoy 1.40 sends: the first route's changes stay, the original is what was sent.
TEST(RedirectedRequest, IsWhatTheAttemptSentAndNamesItsUrl) {
  Plan plan = plan_of_test();
  plan.forward.path_rewrite.prefix = "/other/";
  const Redirected redirected(plan, "http://a.test/next");
  EXPECT_EQ(redirected.value("x-envoy-original-url"), "http://a.test/other/from");
  EXPECT_EQ(redirected.value("x-envoy-original-path"), "/from");
  EXPECT_EQ(redirected.value("x-mine"), "kept");
}

TEST(RedirectedRequest, A303BecomesAGetWithoutABody) {
  const Redirected other(plan_of_test(), "http://a.test/next", 303, "POST");
  EXPECT_EQ(other.head.method, "GET");
  EXPECT_EQ(other.value("content-length"), "absent");
  const Redirected same(plan_of_test(), "http://a.test/next", 307, "POST");
  EXPECT_EQ(same.head.method, "POST");
  EXPECT_EQ(same.value("content-length"), "4");
  EXPECT_EQ(Redirected(plan_of_test(), "http://a.test/next", 303, "HEAD").head.method, "HEAD");
}

TEST(RedirectedRequest, CopiesTheHeadersOfTheResponseThatItIsToldTo) {
  Plan plan = plan_of_test();
  plan.forward.internal_redirect->copied_headers = {"x-token", "x-mine"};
  const Redirected redirected(plan, "http://a.test/next");
  EXPECT_EQ(redirected.value("x-token"), "secret");
  EXPECT_EQ(redirected.value("x-mine"), "absent");  // as the response has none
  EXPECT_EQ(Redirected(plan_of_test(), "http://a.test/next").value("x-token"), "absent");
}

}  // namespace
}  // namespace squall::policies
