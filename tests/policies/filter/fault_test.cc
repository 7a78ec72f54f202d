#include "policies/filter/fault.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

FaultConfig always() {
  FaultConfig config;
  config.delay.emplace().fixed = 80ms;
  config.abort.emplace().http_status = 503;
  return config;
}
RequestHead with(const std::vector<HeaderField>& headers) {
  RequestHead head;
  head.headers = headers;
  return head;
}

TEST(Fault, DelayAndAbortAreDrawnApart) {
  FaultConfig config = always();
  config.delay->percentage.numerator = 50;
  config.abort->percentage.numerator = 50;
  const Faults delayed = faults_for(config, {}, "a", {.delay = 49, .abort = 50});
  EXPECT_EQ(delayed.delay, 80ms);
  EXPECT_FALSE(delayed.abort);
  const Faults aborted = faults_for(config, {}, "a", {.delay = 50, .abort = 49});
  EXPECT_EQ(aborted.delay, Duration::zero());
  EXPECT_EQ(aborted.abort->status, 503);
}

TEST(Fault, AppliesToItsClusterNodesAndHeadersOnly) {
  FaultConfig config = always();
  config.upstream_cluster = "a";
  EXPECT_TRUE(faults_for(config, {}, "a", {}).abort);
  EXPECT_FALSE(faults_for(config, {}, "b", {}).abort);
  config.downstream_nodes = {"n1"};
  EXPECT_FALSE(faults_for(config, {}, "a", {}).abort);
  const std::vector<HeaderField> node = {{"x-envoy-downstream-service-node", "n1"}};
  EXPECT_TRUE(faults_for(config, with(node), "a", {}).abort);
  config.headers.emplace_back().name = "x-fault";
  EXPECT_FALSE(faults_for(config, with(node), "a", {}).abort);
}

TEST(Fault, AHeaderMayLowerTheShareButNotRaiseIt) {
  FaultConfig config;
  config.abort.emplace().by_header = true;
  config.abort->percentage.numerator = 40;
  const auto aborts = [&](std::string_view percent, std::uint64_t random) {
    const std::vector<HeaderField> headers = {{"x-envoy-fault-abort-request", "429"},
                                              {"x-envoy-fault-abort-request-percentage", percent}};
    return faults_for(config, with(headers), "a", {.abort = random}).abort.has_value();
  };
  EXPECT_TRUE(aborts("90", 39));
  EXPECT_FALSE(aborts("90", 40));
  EXPECT_TRUE(aborts("10", 9));
  EXPECT_FALSE(aborts("10", 10));
}

TEST(Fault, WithoutItsHeaderAHeadersFaultDoesNothing) {
  FaultConfig config;
  config.abort.emplace().by_header = true;
  config.delay.emplace().by_header = true;
  EXPECT_FALSE(faults_for(config, {}, "a", {}).abort);
  EXPECT_EQ(faults_for(config, {}, "a", {}).delay, Duration::zero());
  const std::vector<HeaderField> wrong = {{"x-envoy-fault-abort-request", "199"},
                                          {"x-envoy-fault-delay-request", "soon"}};
  EXPECT_FALSE(faults_for(config, with(wrong), "a", {}).abort);
  const std::vector<HeaderField> grpc = {{"x-envoy-fault-abort-grpc-request", "14"},
                                         {"x-envoy-fault-delay-request", "70"}};
  EXPECT_EQ(faults_for(config, with(grpc), "a", {}).abort->grpc_status, 14U);
  EXPECT_EQ(faults_for(config, with(grpc), "a", {}).delay, 70ms);
}

TEST(Fault, AHeadersAbortIsAStatusFrom200To599OrAnyGrpcStatus) {
  FaultConfig config;
  config.abort.emplace().by_header = true;
  const auto abort_of = [&](std::string_view name, std::string_view value) {
    const std::vector<HeaderField> headers = {{name, value}};
    return faults_for(config, with(headers), "a", {}).abort;
  };
  const auto status_of = [&](std::string_view value) {
    const auto abort = abort_of("x-envoy-fault-abort-request", value);
    return abort ? abort->status : 0;
  };
  EXPECT_EQ(status_of("199"), 0);
  EXPECT_EQ(status_of("200"), 200);
  EXPECT_EQ(status_of("599"), 599);
  EXPECT_EQ(status_of("600"), 0);
  EXPECT_EQ(abort_of("x-envoy-fault-abort-grpc-request", "16")->grpc_status, 16U);
  EXPECT_EQ(abort_of("x-envoy-fault-abort-grpc-request", "+100")->grpc_status, 100U);
  EXPECT_FALSE(abort_of("x-envoy-fault-abort-grpc-request", "++1"));
}

TEST(Fault, AResponsesRateIsFixedOrTheClients) {
  FaultConfig config;
  config.response_rate.emplace().fixed = 16;
  config.response_rate->percentage.numerator = 40;
  EXPECT_EQ(faults_for(config, {}, "a", {.rate = 39}).response_rate, 16U);
  EXPECT_EQ(faults_for(config, {}, "a", {.rate = 40}).response_rate, 0U);
  config.response_rate->by_header = true;
  const std::vector<HeaderField> asked = {{"x-envoy-fault-throughput-response", "8"}};
  EXPECT_EQ(faults_for(config, with(asked), "a", {.rate = 39}).response_rate, 8U);
  EXPECT_EQ(faults_for(config, {}, "a", {.rate = 39}).response_rate, 0U);
  const std::vector<HeaderField> fewer = {{"x-envoy-fault-throughput-response", "8"},
                                          {"x-envoy-fault-throughput-response-percentage", "10"}};
  EXPECT_EQ(faults_for(config, with(fewer), "a", {.rate = 9}).response_rate, 8U);
  EXPECT_EQ(faults_for(config, with(fewer), "a", {.rate = 10}).response_rate, 0U);
}

}  // namespace
}  // namespace squall::policies
