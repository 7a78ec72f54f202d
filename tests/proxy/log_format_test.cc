#include "proxy/log_format.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "config/document.h"

namespace squall::proxy {
namespace {

struct Fixture {
  policies::KeptRequest request;
  policies::HeaderField answer[1] = {{"x-up", "v\"1\""}};
  Ends ends{
      .peer_address = "127.0.0.1", .local_address = "::1", .peer_port = 4711, .local_port = 80};
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
    record.ends = &ends;
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

TEST(LogFormat, PathsMayBeTheOriginalOnesAndWithoutTheirQuery) {
  Fixture f;
  config::AccessLog log;
  log.text_format =
      "%PATH% %PATH(NQ)% %PATH(WQ:PATH)% %PATH(NQ:ORIG)% %PATH(NQ:ORIG_OR_PATH)% "
      "%QUERY_PARAM(x)% %QUERY_PARAM(y)% %QUERY_PARAMS%";
  EXPECT_EQ(f.line(log), "/buy?x=1 /buy /buy?x=1 - /buy 1 - x=1");
  f.request.headers.push_back({"x-envoy-original-path", "/old?y=a%20b"});
  f.request.path = "/new?y=a%20b%zz";
  EXPECT_EQ(f.line(log), "/old?y=a%20b /old /new?y=a%20b%zz /old /old - a b%zz y=a%20b%zz");
}

TEST(LogFormat, TheUpstreamsSideIsKnownToo) {
  Fixture f;
  config::AccessLog log;
  log.text_format =
      "%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT% %UPSTREAM_HOST_NAME% "
      "%UPSTREAM_HOST_NAME_WITHOUT_PORT% %UPSTREAM_LOCAL_ADDRESS% "
      "%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT% %UPSTREAM_PROTOCOL% "
      "%UPSTREAM_CLUSTER_RAW% %RESPONSE_FLAGS_LONG% %ACCESS_LOG_TYPE%";
  EXPECT_EQ(f.line(log),
            "- - - - - - - - main UpstreamRetryLimitExceeded,UpstreamConnectionFailure "
            "DownstreamEnd");
  f.record.upstream_host = "[::1]:8080";
  f.record.upstream_local = "127.0.0.1:4000";
  f.record.upstream_protocol = "HTTP/2";
  f.record.flags = "-";
  EXPECT_EQ(f.line(log),
            "::1 8080 [::1]:8080 ::1 127.0.0.1:4000 127.0.0.1 4000 HTTP/2 main - DownstreamEnd");
  f.record.upstream_name = "api.shop";
  log.text_format = "%UPSTREAM_HOST_NAME% %UPSTREAM_HOST_NAME_WITHOUT_PORT%";
  EXPECT_EQ(f.line(log), "api.shop api.shop");
  f.record.virtual_cluster = "pay";
  log.text_format = "%VIRTUAL_CLUSTER_NAME% %ROUTE_NAME%";
  EXPECT_EQ(f.line(log), "pay -");
}

TEST(LogFormat, WhatTheMachineSaysIsReadOnce) {
  const Fixture f;
  config::AccessLog log;
  log.text_format = "%ENVIRONMENT(SQUALL_NO_SUCH_VARIABLE)% %VIRTUAL_CLUSTER_NAME%";
  EXPECT_EQ(f.line(log), "- -");
  log.text_format = "%HOSTNAME%";
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  EXPECT_EQ(f.line(log), name);
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
  log = {};
  log.text_format = "%BOGUS%";
  log.text_at = config::parse_documents("a: '%BOGUS%'\n", "f.yaml")->front().members[0].value;
  const auto text_format = LogFormat::compile(log);
  ASSERT_FALSE(text_format.has_value());
  EXPECT_TRUE(
      to_string(text_format.error().all().front()).starts_with("f.yaml:1:4: error: \"%BOGUS%\""));
  for (const std::string text :
       {"%PATH(X)%", "%PATH(NQ:X)%", "%QUERY_PARAM%", "%QUERY_PARAM()%", "%ENVIRONMENT%", "%",
        "%REQ%", "%REQ()%", "%REQ(a", "%REQ(a):x%", "%PROTOCOL(1)%", "%DURATION:%", "50% of"}) {
    log = {};
    log.text_format = text;
    EXPECT_FALSE(LogFormat::compile(log).has_value()) << text;
  }
}

}  // namespace
}  // namespace squall::proxy
