#include "policies/request_target.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace squall::policies {
namespace {

struct Received {
  Reception reception;
  std::string path;
  friend bool operator==(const Received&, const Received&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Received& one) {
    return out << static_cast<int>(one.reception) << ' ' << one.path;
  }
};

Received receive(const TargetRules& rules, std::string_view path, bool grpc = false) {
  TextArena arena;
  const Reception reception = receive_path(rules, grpc, path, arena);
  return {reception, std::string(path)};
}
std::string normal(std::string_view path) {
  const Received received = receive({.normalize_path = true}, path);
  return received.reception == Reception::kTaken ? received.path : "refused: " + received.path;
}
std::string merged(std::string_view path) { return receive({.merge_slashes = true}, path).path; }
std::string host(const TargetRules& rules, std::string_view name, std::uint16_t port = 80) {
  TextArena arena;
  return std::string(receive_host(rules, port, name, arena));
}

// All expected paths are those of a live Envoy 1.40.
TEST(RequestTarget, NormalPathsHaveNoDotSegments) {
  EXPECT_EQ(normal("/a/b"), "/a/b");
  EXPECT_EQ(normal("/a/./b"), "/a/b");
  EXPECT_EQ(normal("/a/../b"), "/b");
  EXPECT_EQ(normal("/a/b/../../.."), "/");
  EXPECT_EQ(normal("/.."), "/");
  EXPECT_EQ(normal("/a/."), "/a/");
  EXPECT_EQ(normal("/a/b/.."), "/a/");
  EXPECT_EQ(normal("/.../a."), "/.../a.");
  EXPECT_EQ(normal("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(normal("/a/.%2e"), "/");
  EXPECT_EQ(normal("/a\\b/..\\c"), "/a/c");
  EXPECT_EQ(normal("//a//../b"), "//a/b");
}

TEST(RequestTarget, ParametersOfDotSegmentsGo) {
  EXPECT_EQ(normal("/a/..;x/b"), "/b");
  EXPECT_EQ(normal("/a/.;x%2f/b"), "/a/b");
  EXPECT_EQ(normal("/a/b/..;/..;y/c"), "/c");
  EXPECT_EQ(normal("/a/..;x\\b/c"), "/c");
  EXPECT_EQ(normal("/a/b/.;"), "/a/b/");
  EXPECT_EQ(normal("/a/..;%00/b"), "/b");
  EXPECT_EQ(normal("/a;x/.b;y"), "/a;x/.b;y");
  EXPECT_EQ(normal("/a/%2e.;x/b"), "/a/..;x/b");
  EXPECT_EQ(normal("/a\\..;x/b"), "/a/..;x/b");
}

TEST(RequestTarget, NormalPathsEscapeWhatMustBeAndNothingElse) {
  EXPECT_EQ(normal("/%41%7e%2D%5f%30"), "/A~-_0");
  EXPECT_EQ(normal("/%c3%a9%20%21%2f%5c%7f"), "/%c3%a9%20%21%2f%5c%7f");
  EXPECT_EQ(normal("/\"<>`{}|^[]"), "/%22%3C%3E%60%7B%7D%7C%5E[]");
  EXPECT_EQ(normal("/\xc3\xa9\x01"), "/%C3%A9%01");
  EXPECT_EQ(normal("/a%00b"), "refused: /a%00b");
  EXPECT_EQ(normal(std::string_view("/a\0b", 4)), std::string("refused: /a\0b", 13));
}

TEST(RequestTarget, PercentSignsThatAreCutShortBeginNothing) {
  for (const std::string_view kept : {"/a%", "/a%4", "/a%zz", "/%2g", "/%%", "/%25"})
    EXPECT_EQ(normal(kept), kept);
  // Unescaping what follows one makes no new escape of it.
  EXPECT_EQ(normal("/%%30%30"), "/%2500");
  EXPECT_EQ(normal("/%%30a"), "/%250a");
  EXPECT_EQ(normal("/%%30z"), "/%0z");
  EXPECT_EQ(normal("/%3%31z"), "/%2531z");
  EXPECT_EQ(normal("/%/../%30"), "/0");
}

TEST(RequestTarget, TheQueryStaysAsItIs) {
  EXPECT_EQ(normal("/a/../b?c=/../%41"), "/b?c=/../%41");
  EXPECT_EQ(merged("//a///b//?x=//"), "/a/b/?x=//");
  EXPECT_EQ(receive({.escaped_slashes = EscapedSlashes::kRefuse}, "/a?%2f"),
            (Received{Reception::kTaken, "/a?%2f"}));
}

TEST(RequestTarget, RunsOfSlashesMerge) {
  EXPECT_EQ(merged("/a//"), "/a/");
  EXPECT_EQ(merged("/a/b"), "/a/b");
  EXPECT_EQ(merged("//"), "//");  // one that it begins with and one that it ends with
  EXPECT_EQ(merged("////"), "//");
}

TEST(RequestTarget, EscapedSlashesAreWhatTheRuleSays) {
  TargetRules rules{.escaped_slashes = EscapedSlashes::kForward};
  EXPECT_EQ(receive(rules, "/a%5cb%2Fc?%2f"), (Received{Reception::kTaken, "/a\\b/c?%2f"}));
  EXPECT_EQ(receive(rules, "/a%252f%2"), (Received{Reception::kTaken, "/a%252f%2"}));
  rules.escaped_slashes = EscapedSlashes::kRefuse;
  EXPECT_EQ(receive(rules, "/a%5Cb"), (Received{Reception::kBadPath, "/a\\b"}));
  rules.escaped_slashes = EscapedSlashes::kRedirect;
  EXPECT_EQ(receive(rules, "/a%2Fb?c"), (Received{Reception::kMovedPath, "/a/b?c"}));
  EXPECT_EQ(receive(rules, "/a%2Fb", true), (Received{Reception::kBadPath, "/a/b"}));
  EXPECT_EQ(receive(rules, "/a", true), (Received{Reception::kTaken, "/a"}));
}

TEST(RequestTarget, UnescapingComesBeforeNormalizingAndThatBeforeMerging) {
  const TargetRules rules{
      .normalize_path = true, .merge_slashes = true, .escaped_slashes = EscapedSlashes::kRedirect};
  EXPECT_EQ(receive(rules, "/a%5cb%2f..//x?y=%2f"),
            (Received{Reception::kMovedPath, "/a/x?y=%2f"}));
  EXPECT_EQ(receive(rules, "/a//b/../c"), (Received{Reception::kTaken, "/a/c"}));
  EXPECT_EQ(receive(rules, "/a%00%2f"), (Received{Reception::kBadPath, "/a%00/"}));
}

TEST(RequestTarget, WithoutRulesOnlyFragmentsAndWhatIsNoPathAreRefused) {
  EXPECT_EQ(receive({}, "/a//%2f/../%00"), (Received{Reception::kTaken, "/a//%2f/../%00"}));
  EXPECT_EQ(receive({}, "/a#b"), (Received{Reception::kBadPath, "/a#b"}));
  EXPECT_EQ(receive({}, "/a?b#c"), (Received{Reception::kBadPath, "/a?b#c"}));
  EXPECT_EQ(receive({}, "*"), (Received{Reception::kNoPath, "*"}));
}

TEST(RequestTarget, AVeryLongPathCostsWhatItIsLong) {
  const auto repeated = [](std::string_view part, std::size_t times) {
    std::string text = "/";
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  constexpr std::size_t kTimes = 500'000;  // quadratic time would be minutes
  EXPECT_EQ(normal(repeated("a/../", kTimes)), "/");
  EXPECT_EQ(normal(repeated("%2e%2e/", kTimes)), "/");
  EXPECT_EQ(normal(repeated("..;x/", kTimes)), "/");
  EXPECT_EQ(normal(repeated("%", kTimes)), repeated("%", kTimes));
  EXPECT_EQ(normal(repeated("{", kTimes)), repeated("%7B", kTimes));
  EXPECT_EQ(merged(repeated("//", kTimes)), "//");
  EXPECT_EQ(receive({.escaped_slashes = EscapedSlashes::kForward}, repeated("%2f", kTimes)).path,
            repeated("/", kTimes));
}

TEST(RequestTarget, PortsOfHostsGoAsTheRuleSays) {
  const TargetRules any{.strip_port = StripPort::kAny};
  EXPECT_EQ(host(any, "h:8080"), "h");
  EXPECT_EQ(host(any, "[::1]:8080"), "[::1]");
  EXPECT_EQ(host(any, "h:80:90"), "h:80");
  for (const std::string_view kept : {"h", "h:", "h:x", "h:-5", "h:99999999999", "[::1]"})
    EXPECT_EQ(host(any, kept), kept);
  const TargetRules matching{.strip_port = StripPort::kMatching};
  EXPECT_EQ(host(matching, "h:80"), "h");
  EXPECT_EQ(host(matching, "h:080"), "h");
  EXPECT_EQ(host(matching, "h:+80"), "h");
  EXPECT_EQ(host(matching, "h:8080"), "h:8080");
  EXPECT_EQ(host({}, "h.:80"), "h.:80");
}

TEST(RequestTarget, ALastDotOfAHostGoes) {
  const TargetRules rules{.strip_host_dot = true};
  EXPECT_EQ(host(rules, "a.b."), "a.b");
  EXPECT_EQ(host(rules, "a.b.:80"), "a.b:80");
  EXPECT_EQ(host(rules, "a.b"), "a.b");
  EXPECT_EQ(host(rules, "a.b:80"), "a.b:80");
  EXPECT_EQ(host(rules, "a.."), "a.");
  EXPECT_EQ(host(rules, "."), "");
  EXPECT_EQ(host(rules, ".:.a"), ".:.a");
  EXPECT_EQ(host({.strip_host_dot = true, .strip_port = StripPort::kAny}, "a.:80"), "a");
}

}  // namespace
}  // namespace squall::policies
