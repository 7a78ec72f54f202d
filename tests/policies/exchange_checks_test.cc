// The requests of health checks.
#include <gtest/gtest.h>

#include "policies/exchange.h"
#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

/// A check's request, as lines.
struct Asked {
  explicit Asked(const Plan& plan, std::uint32_t check = 0) : epoch(plan.epoch()) {
    epoch.index();
    body = health_check_request(epoch, check, edits, request);
    for (const auto& [name, value] : request.headers)
      headers.push_back(std::string(name) + ": " + std::string(value));
  }
  Epoch epoch;
  HeaderEdits edits;
  KeptRequest request;
  std::string body;
  std::vector<std::string> headers;
};
using Headers = std::vector<std::string>;

HeaderMutation adding(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value)};
}
HttpCheck& http_of(Plan& plan) {
  plan.cluster().health_checks.resize(1);
  return std::get<HttpCheck>(plan.cluster().health_checks[0].kind);
}

TEST(CheckRequests, OfHttpAreForTheClusterUnlessTheyNameAnother) {
  Plan plan(1);
  http_of(plan).path = "/ok";
  const Asked plain(plan);
  EXPECT_EQ(plain.request.method, "GET");
  EXPECT_EQ(plain.request.path, "/ok");
  EXPECT_EQ(plain.request.authority, plan.cluster().name);
  EXPECT_EQ(plain.headers, Headers{"user-agent: Envoy/HC"});
  EXPECT_EQ(plain.body, "");
  http_of(plan).host = "shop";
  EXPECT_EQ(Asked(plan).request.authority, "shop");
  plan.cluster().hosts[0].check_hostname = "h";
  EXPECT_EQ(Asked(plan).request.authority, "h");
}

TEST(CheckRequests, ABodyHasItsLength) {
  Plan plan(1);
  http_of(plan).send = "hello";
  http_of(plan).headers.request_add = {adding("content-length", "9")};
  const Asked asked(plan);
  EXPECT_EQ(asked.headers, (Headers{"user-agent: Envoy/HC", "content-length: 5"}));
  EXPECT_EQ(asked.body, "hello");
}

TEST(CheckRequests, ChangesOfTheHeadersAreThoseOfARoute) {
  Plan plan(1);
  HeaderMutations& changes = http_of(plan).headers;
  changes.request_remove = {"x-a"};
  changes.request_add = {adding("user-agent", "x"), adding("x-a", "1"),
                         adding("x-a", "%PROTOCOL% %DOWNSTREAM_REMOTE_ADDRESS%%REQ(user-agent)%")};
  changes.request_add[2].action = HeaderMutation::Action::kOverwriteIfExistsOrAdd;
  const Asked asked(plan);
  EXPECT_EQ(asked.headers,
            (Headers{"x-a: HTTP/1.1 127.0.0.1:0", "user-agent: Envoy/HC,x", "x-a: 1"}));
}

TEST(CheckRequests, OfGrpcTellTheTimeout) {
  Plan plan(1);
  HealthCheck& check = plan.cluster().health_checks.emplace_back();
  check.timeout = 200ms;
  auto& grpc = check.kind.emplace<GrpcCheck>();
  grpc.service_name = "s";
  grpc.metadata.request_add = {adding("x-a", "b"), adding("grpc-timeout", "1S")};
  const Asked asked(plan);
  EXPECT_EQ(asked.request.method, "POST");
  EXPECT_EQ(asked.request.path, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(asked.headers, (Headers{"te: trailers", "content-type: application/grpc",
                                    "user-agent: Envoy/HC", "x-a: b", "grpc-timeout: 200m"}));
  EXPECT_EQ(asked.body.size(), 8U);
  grpc.authority = "hc.test";
  EXPECT_EQ(Asked(plan).request.authority, "hc.test");
}

TEST(CheckRequests, OfASecondCheckAreItsOwn) {
  Plan plan(2);
  plan.cluster().health_checks.resize(2);
  std::get<HttpCheck>(plan.cluster().health_checks[1].kind).path = "/second";
  EXPECT_EQ(Asked(plan, 3).request.path, "/second");
}

}  // namespace
}  // namespace squall::policies
