// URI templates: what they match, how they rewrite, what is no template.
#include "policies/uri_template.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::policies {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const Result<UriTemplate> shape = compile_uri_template(pattern);
  EXPECT_TRUE(shape.has_value()) << pattern;
  return shape && policies::matches(*shape, path);
}

std::string fault(std::string_view pattern) {
  const Result<UriTemplate> shape = compile_uri_template(pattern);
  return shape ? "" : shape.error().all().front().what;
}

TEST(UriTemplate, AStarIsOneSegmentAndTwoAreAnyTail) {
  EXPECT_TRUE(matches("/one/*/end", "/one/x/end"));
  EXPECT_FALSE(matches("/one/*/end", "/one/x/y/end"));
  EXPECT_FALSE(matches("/one/*/end", "/one//end"));
  EXPECT_TRUE(matches("/one/**", "/one/x/y"));
  EXPECT_TRUE(matches("/one/**", "/one/"));
  EXPECT_FALSE(matches("/a.b", "/axb"));
}

TEST(UriTemplate, NamedPartsMatchTheirPatterns) {
  EXPECT_TRUE(matches("/users/{id}/files/{rest=**}", "/users/7/files/a/b"));
  EXPECT_FALSE(matches("/users/{id}/files/{rest=**}", "/users/7/8/files/a"));
  EXPECT_TRUE(matches("/{a=b/*}/c", "/b/x/c"));
  EXPECT_FALSE(matches("/{a=b/*}/c", "/x/b/c"));
}

TEST(UriTemplate, SaysWhatIsWrong) {
  EXPECT_EQ(fault("a"), "it does not begin with '/'");
  EXPECT_EQ(fault("/**/a"), "something follows '**'");
  EXPECT_EQ(fault("/{a}*"), "nothing stands between two wildcards");
  EXPECT_EQ(fault("/{a=/{b}"), "one named part stands in another");
  EXPECT_EQ(fault("/{a"), "'{' is not closed");
  EXPECT_EQ(fault("/{1}"), "'1' is no name: letters, digits and '_', a letter first");
  EXPECT_EQ(fault("/{}"), "'' is no name of 1 to 16 characters");
  EXPECT_EQ(fault("/{a}/{a}"), "the name 'a' is repeated");
  EXPECT_EQ(fault("/{a}/{b}/{c}/{d}/{e}/{f}"), "more than 5 names");
  EXPECT_EQ(fault("/{a=}"), "'a' has an empty pattern");
  EXPECT_EQ(fault("/a b"), "' ' may not stand there");
  EXPECT_EQ(fault("/a//b"), "'/' follows '/'");
}

TEST(UriTemplate, ARewriteUsesTheNamedParts) {
  const auto shape = compile_uri_template("/users/{id}/{rest=**}");
  ASSERT_TRUE(shape);
  const auto rewrite = compile_uri_rewrite("/v2/{rest}/of/{id}", *shape);
  ASSERT_TRUE(rewrite);
  EXPECT_EQ(rewritten(*rewrite, *shape, "/users/7/a/b"), "/v2/a/b/of/7");
  const auto unknown = compile_uri_rewrite("/{x}", *shape);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(to_string(unknown.error().all().front()),
            "error: 'x' is no name of the route's template; its names are: id, rest");
}

}  // namespace
}  // namespace squall::policies
