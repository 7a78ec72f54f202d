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
  const FormatInputs inputs{{head, {}}, nullptr, {.protocol = "HTTP/2"}};
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

TEST(HeaderFormat, OperatorsOfTheStream) {
  Outcome outcome;
  outcome.status = 503;
  outcome.details = Details::kViaUpstream;
  outcome.flags.set(ResponseFlag::kURX);
  const ResponseHead answer{.status = 503, .headers = {}};
  const EditedResponse response{answer, {}};
  const FormatInputs inputs{{RequestHead(), {}},
                            &response,
                            {.peer = "10.0.0.1",
                             .route = "named",
                             .cluster = "main",
                             .peer_port = 4711,
                             .attempts = 2,
                             .outcome = &outcome}};
  TextArena arena;
  const auto format = [&](std::string_view text) { return format_header(text, inputs, arena); };
  EXPECT_EQ(format("%ROUTE_NAME% %UPSTREAM_CLUSTER%"), "named main");
  EXPECT_EQ(format("%DOWNSTREAM_REMOTE_ADDRESS%"), "10.0.0.1:4711");
  EXPECT_EQ(format("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"), "10.0.0.1");
  EXPECT_EQ(format("%UPSTREAM_REQUEST_ATTEMPT_COUNT%"), "2");
  EXPECT_EQ(format("%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"),
            "503 URX via_upstream");
  EXPECT_EQ(format("%RESP(:status)%"), "503");
  outcome.local = true;
  EXPECT_EQ(format("%RESPONSE_CODE%"), "0");  // as a live 1.40 has it
}

TEST(HeaderFormat, AnAddressOfIpv6StandsInBrackets) {
  const FormatInputs inputs{{RequestHead(), {}}, nullptr, {.peer = "2001:db8::1", .peer_port = 80}};
  TextArena arena;
  EXPECT_EQ(format_header("%DOWNSTREAM_REMOTE_ADDRESS%", inputs, arena), "[2001:db8::1]:80");
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
