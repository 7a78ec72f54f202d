#include "policies/filter/rate_limit_action.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

using Kind = RateLimitAction::Kind;

RateLimitAction action(Kind kind, const char* key, const char* value = "") {
  RateLimitAction one;
  one.kind = kind;
  one.key = key;
  one.value = value;
  return one;
}
RequestHead at(std::string_view path) {
  RequestHead head;
  head.path = path;
  return head;
}
/// The value of its one entry; "-": no entry, "none": no descriptor.
std::string value_of(const RateLimitAction& action, const RequestHead& head) {
  const auto entries = entries_of(action, head, "me", "shop");
  if (!entries) return "none";
  if (entries->empty()) return "-";
  EXPECT_EQ(entries->front().first, action.key);
  return entries->front().second;
}

TEST(RateLimitAction, ClustersAndTheClientsAddress) {
  const RequestHead head{.authority = "a", .headers = {}, .peer = "10.0.0.1"};
  EXPECT_EQ(value_of(action(Kind::kSourceCluster, "source_cluster"), head), "me");
  EXPECT_EQ(value_of(action(Kind::kDestinationCluster, "destination_cluster"), head), "shop");
  EXPECT_EQ(value_of(action(Kind::kRemoteAddress, "remote_address"), head), "10.0.0.1");
  EXPECT_EQ(value_of(action(Kind::kRemoteAddress, "remote_address"), {}), "none");
}

TEST(RateLimitAction, AHeaderThatIsNotThereMakesNoDescriptorUnlessItMayBeSkipped) {
  RateLimitAction one = action(Kind::kRequestHeader, "user", "x-user");
  const HeaderField there{"x-user", "ann"}, empty{"x-user", ""};
  EXPECT_EQ(value_of(one, {.authority = "a", .headers = {&there, 1}}), "ann");
  EXPECT_EQ(value_of(one, {}), "none");
  one.skip_if_absent = true;
  EXPECT_EQ(value_of(one, {}), "-");
  EXPECT_EQ(value_of(one, {.authority = "a", .headers = {&empty, 1}}), "none");
}

/// As a live Envoy 1.40: here escapes are read, which a route's match does not.
TEST(RateLimitAction, AParametersValueIsDecoded) {
  const RateLimitAction one = action(Kind::kQueryParameter, "user", "us er");
  EXPECT_EQ(value_of(one, at("/a?us%20er=a%20b&us er=c")), "a b");
  EXPECT_EQ(value_of(one, at("/a?x=1&us%20er=%4")), "%4");
  EXPECT_EQ(value_of(one, at("/a?us%20er=%4x%")), "%4x%");
  EXPECT_EQ(value_of(one, at("/a?us%20er")), "none");
  EXPECT_EQ(value_of(one, at("/us%20er=1")), "none");
}

TEST(RateLimitAction, AMatchMakesTheConfiguredValue) {
  RateLimitAction header = action(Kind::kHeaderValueMatch, "header_match", "found");
  header.headers.emplace_back().name = "x-a";
  const HeaderField there{"x-a", "1"};
  EXPECT_EQ(value_of(header, {.authority = "a", .headers = {&there, 1}}), "found");
  EXPECT_EQ(value_of(header, {}), "none");
  header.expect_match = false;
  EXPECT_EQ(value_of(header, {}), "found");
  RateLimitAction query = action(Kind::kQueryParameterValueMatch, "query_match", "found");
  QueryMatch& match = query.query.emplace_back();
  match.name = "v";
  match.text.emplace().value = "1 2";
  EXPECT_EQ(value_of(query, at("/?v=1%202")), "found");
  EXPECT_EQ(value_of(query, at("/?v=2")), "none");
  EXPECT_EQ(value_of(query, at("/")), "none");
  match.text.reset();
  match.present = false;
  EXPECT_EQ(value_of(query, at("/")), "found");
}

}  // namespace
}  // namespace squall::policies
