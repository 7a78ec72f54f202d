#include <array>

#include "scenarios/read_parts.h"
#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

config::Node scalar(std::string text) {
  config::Node node;
  node.kind = config::Node::Kind::kScalar;
  node.text = std::move(text);
  return node;
}

std::optional<Url> url_of(const std::string& text) {
  Diagnostics problems;
  const config::Node node = scalar(text);
  return read_url(config::Value(&node, "to", problems, config::Dialect::kSquall));
}

std::string wrong_url(const std::string& text) {
  Diagnostics problems;
  const config::Node node = scalar(text);
  (void)read_url(config::Value(&node, "to", problems, config::Dialect::kSquall));
  return lines_of(problems);
}

TEST(ReadRequest, AnAddressHasHostPortAndPath) {
  const std::optional<Url> url = url_of("http://Shop.prod:8080/buy?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "shop.prod");
  EXPECT_EQ(url->port, 8080);
  EXPECT_TRUE(url->port_written);
  EXPECT_EQ(url->path, "/buy?x=1");
}

TEST(ReadRequest, WithoutPortAndPathTheyAre80AndTheRoot) {
  const std::optional<Url> url = url_of("http://shop");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 80);
  EXPECT_FALSE(url->port_written);
  EXPECT_EQ(url->path, "/");
  EXPECT_EQ(url_of("http://shop?x=1")->path, "/?x=1");
}

TEST(ReadRequest, WhatIsNoAddressIsRefusedWithTheRightOne) {
  EXPECT_EQ(wrong_url("shop/buy"), "error: to: the scheme is missing; write http://shop/buy\n");
  EXPECT_EQ(wrong_url("/buy"), "error: to: the scheme is missing; write http://HOST[:PORT]/PATH\n");
  EXPECT_EQ(wrong_url("tcp://shop"),
            "error: to: the scheme \"tcp\" is not known; write http://HOST[:PORT]/PATH\n");
  EXPECT_EQ(wrong_url("http:///x"),
            "error: to: the host is missing; write http://HOST[:PORT]/PATH\n");
  for (const char* port : {"0", "65536", "-1", "x", ""}) {
    const std::string authority = std::string("shop:") + port;
    EXPECT_EQ(
        wrong_url("http://" + authority + "/"),
        "error: to: \"" + authority + "\" is no HOST[:PORT]; write http://HOST[:PORT]/PATH\n");
  }
  EXPECT_EQ(wrong_url("http://shop/#top"),
            "error: to: \"/#top\" is no path; paths have no blanks and no #\n");
}

TEST(ReadRequest, AWorkloadIsNamedWithOrWithoutItsNamespace) {
  EXPECT_EQ(ref_of("shop").ns, "");
  EXPECT_EQ(ref_of("shop.prod").name, "shop");
  EXPECT_EQ(ref_of("shop.prod").ns, "prod");
  EXPECT_EQ(ref_of("a.b.c").ns, "c");
}

TEST(ReadRequest, NamesOfHeadersAreTokensInLowerCase) {
  EXPECT_TRUE(is_token("x-Team_1"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_FALSE(is_token("a:b"));
  EXPECT_EQ(lower("X-Team"), "x-team");
}

TEST(ReadRequest, AMatchIsATextOrOneOfItsForms) {
  const Scenario s = good_spec(
      "  workloads: {a: {operations: [{match: {path: /x, headers: {X-A: b, x-c: {prefix: "
      "d}}}}]}}\n");
  const RequestMatch& match = s.workloads[0].operations[0].match;
  EXPECT_EQ(match.path->kind, TextMatch::Kind::kExact);
  EXPECT_EQ(match.headers[0].name, "x-a");
  EXPECT_EQ(match.headers[1].value.kind, TextMatch::Kind::kPrefix);
  EXPECT_EQ(wrong_spec("  workloads: {a: {operations: [{match: {path: {regex: '('}}}]}}\n"),
            "error: spec.workloads.a.operations[0].match.path.regex: not a regular expression: "
            "missing ): (; "
            "the syntax is RE2's: no look-around, no back-references\n");
}

}  // namespace
}  // namespace squall::scenarios
