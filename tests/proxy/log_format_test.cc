#include "proxy/log_format.h"

#include <gtest/gtest.h>

#include <string>

#include "config/document.h"

namespace squall::proxy {
namespace {

struct Fixture {
  policies::KeptRequest request;
  policies::HeaderField answer[1] = {{"x-up", "v\"1\""}};
  LoggedRequest record;

  Fixture() {
    request.method = "GET";
    request.path = "/buy?x=1";
    request.authority = "shop";
    request.headers = {{"x-lab-id", "s1.1"}, {"x-latin", "caf\xe9"}};
    record.request = &request;
    record.response = answer;
    record.status = 503;
    record.flags = "URX,UF";
    record.details = "upstream_reset_before_response_started{overflow}";
    record.attempts = 3;
    record.cluster = "main";
    record.peer_address = "127.0.0.1";
    record.peer_port = 4711;
    record.local_address = "::1";
    record.local_port = 80;
    record.start_unix_ns = 1'700'000'000'123'000'000;
    record.total = 25ms;
    record.response_began = 20ms;
  }
  std::string line(config::AccessLog log) const {
    const auto format = LogFormat::compile(log);
    EXPECT_TRUE(format.has_value()) << format.error().all().front().what;
    std::string text;
    format->append(record, text);
    return text;
  }
  std::string json(const std::string& yaml, bool omit = false) const {
    config::AccessLog log;
    log.json_format = config::parse_documents(yaml, "f")->front();
    log.omit_empty_values = omit;
    return line(log);
  }
};

TEST(LogFormat, TextHasEachOperatorOrADash) {
  const Fixture f;
  config::AccessLog log;
  log.text_format =
      "%START_TIME% %REQ(:METHOD)% %REQ(X-NONE?:PATH):4% %RESPONSE_CODE% %RESPONSE_FLAGS% "
      "%UPSTREAM_HOST% %UPSTREAM_CLUSTER% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %DURATION% "
      "%REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION% %RESP(X-UP)% %PROTOCOL% "
      "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% "
      "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% %ROUTE_NAME% "
      "%UPSTREAM_TRANSPORT_FAILURE_REASON% 100%%\n";
  EXPECT_EQ(f.line(log),
            "2023-11-14T22:13:20.123Z GET /buy 503 URX,UF - main 3 25 - 20 5 v\"1\" HTTP/1.1 "
            "127.0.0.1:4711 [::1]:80 127.0.0.1 - - 100%\n");
}

TEST(LogFormat, TheDefaultLineIsEnvoys) {
  const Fixture f;
  EXPECT_EQ(f.line({}),
            "[2023-11-14T22:13:20.123Z] \"GET /buy?x=1 HTTP/1.1\" 503 URX,UF 0 0 25 - \"-\" \"-\" "
            "\"-\" \"shop\" \"-\"\n");
}

TEST(LogFormat, ATimeMayHaveAFormat) {
  const Fixture f;
  config::AccessLog log;
  log.text_format = "%START_TIME(%Y/%m/%d %H:%M)%";
  EXPECT_EQ(f.line(log), "2023/11/14 22:13");
}

TEST(LogFormat, JsonKeepsTypesAndEscapes) {
  const Fixture f;
  EXPECT_EQ(
      f.json("id: '%REQ(X-LAB-ID)%'\ncode: '%RESPONSE_CODE%'\nhost: '%UPSTREAM_HOST%'\n"
             "up: '%RESP(X-UP)%'\nmix: 'a %RESPONSE_CODE% %ROUTE_NAME%'\nlatin: '%REQ(X-LATIN)%'\n"
             "n: 7\nt: true\nlist: ['%DURATION%', {k: '%PROTOCOL%'}]\n"),
      "{\"id\":\"s1.1\",\"code\":503,\"host\":null,\"up\":\"v\\\"1\\\"\",\"mix\":\"a 503 -\","
      "\"latin\":\"caf\\ufffd\",\"n\":7,\"t\":true,\"list\":[25,{\"k\":\"HTTP/1.1\"}]}\n");
}

TEST(LogFormat, EmptyValuesMayBeLeftOut) {
  const Fixture f;
  EXPECT_EQ(f.json("a: '%UPSTREAM_HOST%'\nb: '%RESPONSE_CODE%'\nc: 'x%ROUTE_NAME%'\n", true),
            "{\"b\":503,\"c\":\"x\"}\n");
}

TEST(LogFormat, UnknownOperatorsAreNamedAtTheirPlace) {
  config::AccessLog log;
  log.json_format = config::parse_documents("a:\n  b: 'x %HOSTNAMES% y'\n", "f.yaml")->front();
  const auto format = LogFormat::compile(log);
  ASSERT_FALSE(format.has_value());
  EXPECT_EQ(to_string(format.error().all().front()),
            "f.yaml:2:6: error: \"%HOSTNAMES%\" is not a command operator that is honoured here; "
            "see docs/proxy.md for the operators, and write %% for a percent sign");
  for (const std::string text : {"%", "%REQ%", "%REQ()%", "%REQ(a", "%REQ(a):x%", "%PROTOCOL(1)%",
                                 "%DURATION:%", "50% of"}) {
    log = {};
    log.text_format = text;
    EXPECT_FALSE(LogFormat::compile(log).has_value()) << text;
  }
}

}  // namespace
}  // namespace squall::proxy
