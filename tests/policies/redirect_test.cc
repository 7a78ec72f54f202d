#include "policies/redirect.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::policies {
namespace {

std::string location(const Redirect& redirect, std::string_view to_path,
                     std::string_view authority = "old.test:80", std::string prefix = "/") {
  RequestHead head;
  head.authority = authority;
  head.path = to_path;
  PathMatch match;
  match.value = std::move(prefix);
  return redirect_location(redirect, match, head);
}

TEST(Redirect, SchemeDropsAPortThatWasItsDefault) {
  Redirect https, ftp;
  https.https = true;
  ftp.scheme = "ftp";
  EXPECT_EQ(location(https, "/x?q=1"), "https://old.test/x?q=1");
  EXPECT_EQ(location(ftp, "/scheme"), "ftp://old.test/scheme");
  EXPECT_EQ(location(https, "/", "h:443"), "https://h:443/");
  EXPECT_EQ(location(https, "/", "h:8080"), "https://h:8080/");
  EXPECT_EQ(location(https, "/", "[::1]:80"), "https://[::1]/");
  EXPECT_EQ(location(https, "/", "[::1]"), "https://[::1]/");
  EXPECT_EQ(location(Redirect{}, "/", "h:80"), "http://h:80/");
}

TEST(Redirect, HostAndPortAreReplacedTogether) {
  Redirect redirect;
  redirect.host = "new.test";
  EXPECT_EQ(location(redirect, "/c"), "http://new.test/c");
  redirect.port = 8443;
  EXPECT_EQ(location(redirect, "/host/a?b"), "http://new.test:8443/host/a?b");
  redirect.host.clear();
  EXPECT_EQ(location(redirect, "/"), "http://old.test:8443/");
}

TEST(Redirect, PathKeepsTheQueryUnlessItHasItsOwn) {
  Redirect redirect;
  redirect.path = "/to";
  EXPECT_EQ(location(redirect, "/path1?x=y"), "http://old.test:80/to?x=y");
  redirect.strip_query = true;
  EXPECT_EQ(location(redirect, "/strip?x=y"), "http://old.test:80/to");
  redirect.path = "/to?own=1";
  EXPECT_EQ(location(redirect, "/path2?x=y"), "http://old.test:80/to?own=1");
  redirect.path.clear();
  EXPECT_EQ(location(redirect, "/p?x=y"), "http://old.test:80/p");
}

TEST(Redirect, PrefixAndRegexRewriteThePath) {
  Redirect prefix, regex;
  prefix.prefix_rewrite = "/new";
  EXPECT_EQ(location(prefix, "/pfx/a?b=c", "old.test:80", "/pfx"), "http://old.test:80/new/a?b=c");
  regex.regex_rewrite = RegexRewrite{*compile_regex("/rgx/([0-9]+)"), "/n/\\1"};
  EXPECT_EQ(location(regex, "/rgx/12/z?b=c", "old.test:80", "/rgx"),
            "http://old.test:80/n/12/z?b=c");
}

TEST(Redirect, AnAnswerOfTheRoutesOwnIsWhereTheClientAsked) {
  RequestHead head;
  head.authority = "a.test";
  head.path = "/d/x?y";
  Route route;
  route.action = DirectResponse{.status = 201, .body = ""};
  EXPECT_EQ(direct_location(route, head), "http://a.test/d/x?y");
  route.action = DirectResponse{.status = 404, .body = ""};
  EXPECT_EQ(direct_location(route, head), "");
}

TEST(Redirect, ToTlsKeepsHostAndPath) {
  RequestHead head;
  head.authority = "all.test";
  head.path = "/nope?x=1";
  EXPECT_EQ(tls_location(head), "https://all.test/nope?x=1");
}

TEST(Redirect, LocationIsFor201And3xx) {
  EXPECT_TRUE(has_location(201));
  EXPECT_TRUE(has_location(308));
  EXPECT_FALSE(has_location(200));
  EXPECT_FALSE(has_location(404));
}

}  // namespace
}  // namespace squall::policies
