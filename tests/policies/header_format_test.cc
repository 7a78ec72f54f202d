#include "policies/header_format.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace squall::policies {
namespace {

TEST(HeaderFormat, OperatorsAreHeadersProtocolAndPercent) {
  const HeaderField fields[] = {{"x-a", "first"}, {"x-a", "second"}};
  RequestHead head;
  head.authority = "a.test";
  head.path = "/p?q";
  head.headers = fields;
  const FormatInputs inputs{{head, {}}, nullptr, "HTTP/2"};
  TextArena arena;
  const auto format = [&](std::string_view text) {
    EXPECT_TRUE(check_header_format(text).has_value()) << text;
    return format_header(text, inputs, arena);
  };
  EXPECT_EQ(format("plain"), "plain");
  EXPECT_EQ(format("a %REQ(X-A)% b"), "a first b");
  EXPECT_EQ(format("%REQ(x-none?x-a):3%"), "fir");
  EXPECT_EQ(format("%REQ(:path)%%REQ(:authority)%%REQ(host)%"), "/p?qa.testa.test");
  EXPECT_EQ(format("100%% %PROTOCOL%"), "100% HTTP/2");
  EXPECT_EQ(format("%RESP(x)%"), "");
}

TEST(HeaderFormat, UnknownOperatorsAreNamed) {
  for (const char* text :
       {"%", "50% off", "%REQ%", "%REQ()%", "%REQ(x", "%REQ(x):y%", "%START_TIME%"}) {
    const auto result = check_header_format(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_NE(result.error().all()[0].what.find('%'), std::string::npos);
  }
}

}  // namespace
}  // namespace squall::policies
