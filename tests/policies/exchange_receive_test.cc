#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/policies/kept_requests.h"

namespace squall::policies {
namespace {

KeptRequest received(const Listener& listener, std::string_view peer,
                     std::vector<HeaderField> fields) {
  KeptRequest request = request_of(std::move(fields));
  request.peer = peer;
  EXPECT_EQ(receive_request(listener, "id-1", request), Reception::kTaken);
  return request;
}

TEST(ExchangeReceive, ARequestGetsThePathAndTheHostOfTheListenersRules) {
  Listener listener;
  listener.target = {.normalize_path = true, .strip_port = StripPort::kMatching};
  KeptRequest request = request_of({}, "/a/../b?c");
  request.authority = "a.test:8080";
  request.local_port = 8080;
  EXPECT_EQ(receive_request(listener, "id", request), Reception::kTaken);
  EXPECT_EQ(request.path, "/b?c");
  EXPECT_EQ(request.authority, "a.test");
}

TEST(ExchangeReceive, AnEmptyHostIsOneAndNoneIsNot) {
  KeptRequest request = request_of({});
  request.authority = "";
  EXPECT_EQ(receive_request(Listener(), "id", request), Reception::kTaken);
  request.authority = {};
  EXPECT_EQ(receive_request(Listener(), "id", request), Reception::kNoHost);
}

/// The answer to a request that is not taken.
KeptResponse refused(const Listener& listener, KeptRequest& request) {
  KeptResponse response;
  const Reception reception = receive_request(listener, "id", request);
  EXPECT_NE(reception, Reception::kTaken);
  EXPECT_EQ(value(request.headers, "x-request-id"), "absent");  // nobody looked at it further
  refuse_request(listener, refusal_of(reception), request, response);
  frame_response(request.method, true, response);
  return response;
}

TEST(ExchangeReceive, ARequestThatIsNotTakenIsAnsweredBeforeRouting) {
  Listener listener;
  listener.target.escaped_slashes = EscapedSlashes::kRedirect;
  KeptRequest moved = request_of({}, "/a%2Fb?c");
  const KeptResponse redirect = refused(listener, moved);
  EXPECT_EQ(redirect.status, 307);
  EXPECT_EQ(value(redirect.headers, "location"), "/a/b?c");
  EXPECT_EQ(value(redirect.headers, "content-length"), "0");
  EXPECT_EQ(refusal_of(Reception::kMovedPath).details, "path_normalization_failed");
  KeptRequest call = request_of({{"content-type", "application/grpc"}}, "/a%2Fb");
  const KeptResponse status = refused(listener, call);
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(value(status.headers, "grpc-status"), "13");
  EXPECT_EQ(value(status.headers, "location"), "absent");
  KeptRequest fragment = request_of({}, "/a#b");
  fragment.method = "HEAD";
  const KeptResponse bad = refused(listener, fragment);
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(value(bad.headers, "transfer-encoding"), "chunked");
  EXPECT_EQ(value(bad.headers, "content-length"), "absent");
  KeptRequest nameless = request_of({});
  nameless.authority = {};
  EXPECT_EQ(refused(listener, nameless).status, 400);
  KeptRequest star = request_of({}, "*");
  EXPECT_EQ(refused(listener, star).status, 404);
}

TEST(ExchangeReceive, AnExternalCallerMayNotSteerTheRouter) {
  Listener edge;
  edge.use_remote_address = true;
  edge.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  const std::vector<HeaderField> fields = {{"x-envoy-max-retries", "3"},
                                           {"x-envoy-expected-rq-timeout-ms", "5"},
                                           {"x-envoy-internal", "true"},
                                           {"x-own", "1"}};
  const KeptRequest external = received(edge, "1.2.3.4", fields);
  EXPECT_FALSE(external.internal);
  for (const auto name :
       {"x-envoy-max-retries", "x-envoy-expected-rq-timeout-ms", "x-envoy-internal"}) {
    EXPECT_EQ(value(external.headers, name), "absent") << name;
  }
  EXPECT_EQ(value(external.headers, "x-own"), "1");
  const KeptRequest internal = received(edge, "10.9.8.7", fields);
  EXPECT_TRUE(internal.internal);
  EXPECT_EQ(value(internal.headers, "x-envoy-max-retries"), "3");
  EXPECT_EQ(value(internal.headers, "x-envoy-internal"), "true");
}

TEST(ExchangeReceive, WhoComesFromOutsideDoesNotSayWhatThisProxyWould) {
  const std::vector<HeaderField> fields = {{"x-envoy-force-trace", "1"},
                                           {"x-envoy-original-url", "http://a/"},
                                           {"x-envoy-original-path", "/a"},
                                           {"x-envoy-downstream-service-node", "n"},
                                           {"x-forwarded-client-cert", "c"}};
  Listener edge;
  edge.use_remote_address = true;
  edge.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  const KeptRequest external = received(edge, "1.2.3.4", fields);
  for (const HeaderField& field : fields)
    EXPECT_EQ(value(external.headers, field.name), "absent") << field.name;
  const KeptRequest internal = received(edge, "10.9.8.7", fields);
  EXPECT_EQ(value(internal.headers, "x-envoy-original-path"), "/a");
  EXPECT_EQ(value(internal.headers, "x-forwarded-client-cert"), "absent");
  const KeptRequest inside = received({}, "1.2.3.4", fields);  // others stand before this one
  EXPECT_EQ(value(inside.headers, "x-envoy-original-path"), "/a");
  EXPECT_EQ(value(inside.headers, "x-envoy-force-trace"), "absent");
}

TEST(ExchangeReceive, RepeatedFieldsThatAreOneHeaderAreJoined) {
  const KeptRequest request = received({}, "1.1.1.1", {{"accept", "a"}, {"accept", "b"}});
  EXPECT_EQ(value(request.headers, "accept"), "a,b");
}

TEST(ExchangeReceive, TheChainOfForwardersGrowsAtAnEdge) {
  Listener edge;
  edge.use_remote_address = true;
  edge.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  EXPECT_EQ(value(received(edge, "10.1.1.1", {}).headers, "x-forwarded-for"), "10.1.1.1");
  const KeptRequest second = received(edge, "10.1.1.1", {{"x-forwarded-for", "10.2.2.2"}});
  EXPECT_EQ(value(second.headers, "x-forwarded-for"), "10.2.2.2,10.1.1.1");
  const KeptRequest twice = received(
      edge, "10.1.1.1", {{"x-forwarded-for", "10.2.2.2"}, {"x-forwarded-for", "10.3.3.3"}});
  EXPECT_EQ(value(twice.headers, "x-forwarded-for"), "10.2.2.2,10.3.3.3,10.1.1.1");
  EXPECT_FALSE(second.internal);  // somebody was before the peer
  Listener inside;
  inside.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  EXPECT_FALSE(received(inside, "10.1.1.1", {}).internal);
  EXPECT_TRUE(received(inside, "1.1.1.1", {{"x-forwarded-for", "10.2.2.2"}}).internal);
  EXPECT_FALSE(received(inside, "1.1.1.1", {{"x-forwarded-for", "10.2.2.2, 10.3.3.3"}}).internal);
  // Two fields are one list.
  EXPECT_FALSE(
      received(inside, "1.1.1.1", {{"x-forwarded-for", "10.2.2.2"}, {"x-forwarded-for", "6.6.6.6"}})
          .internal);
}

TEST(ExchangeReceive, AnEdgeBelievesNoForwardedProtoButThatOfATrustedProxy) {
  const auto proto = [](const Listener& listener) {
    return std::string(
        value(received(listener, "1.1.1.1", {{"x-forwarded-proto", "https"}}).headers,
              "x-forwarded-proto"));
  };
  EXPECT_EQ(proto({}), "https");
  Listener edge;
  edge.use_remote_address = true;
  EXPECT_EQ(proto(edge), "http");
  EXPECT_EQ(value(received(edge, "1.1.1.1", {}).headers, "x-forwarded-proto"), "http");
  edge.xff_trusted_hops = 1;
  EXPECT_EQ(proto(edge), "https");
  EXPECT_EQ(value(received(edge, "1.1.1.1", {}).headers, "x-forwarded-proto"), "http");
}

/// What Envoy 1.40 said to each.
TEST(ExchangeReceive, AnEdgeNamesItsExternalClientByTheTrustedHops) {
  struct Case {
    std::string_view forwarded;
    std::string_view by_hops[3];
  };
  for (const auto& [forwarded, by_hops] : std::initializer_list<Case>{
           {"", {"9.9.9.9", "9.9.9.9", "9.9.9.9"}},
           {"1.2.3.4", {"9.9.9.9", "1.2.3.4", "9.9.9.9"}},
           {"1.2.3.4, 10.5.5.5", {"9.9.9.9", "10.5.5.5", "1.2.3.4"}},
           {"1.2.3.4, 10.5.5.5,10.6.6.6", {"9.9.9.9", "10.6.6.6", "10.5.5.5"}},
           {"junk", {"9.9.9.9", "9.9.9.9", "9.9.9.9"}},
           {"1.2.3.4, junk", {"9.9.9.9", "9.9.9.9", "1.2.3.4"}},
           {"junk, 1.2.3.4", {"9.9.9.9", "1.2.3.4", "9.9.9.9"}},
       }) {
    for (std::uint32_t hops = 0; hops < 3; ++hops) {
      Listener edge;
      edge.use_remote_address = true;
      edge.xff_trusted_hops = hops;
      std::vector<HeaderField> fields = {{"x-envoy-external-address", "6.6.6.6"}};
      if (!forwarded.empty()) fields.push_back({"x-forwarded-for", forwarded});
      EXPECT_EQ(value(received(edge, "9.9.9.9", fields).headers, "x-envoy-external-address"),
                by_hops[hops])
          << forwarded << " with " << hops;
    }
  }
}

TEST(ExchangeReceive, InsideTheMeshOneForwarderSaysWhoIsInternalAndNobodyElseMay) {
  Listener inside;
  inside.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  const std::vector<HeaderField> claim = {{"x-envoy-internal", "true"}};
  EXPECT_EQ(value(received(inside, "10.1.1.1", claim).headers, "x-envoy-internal"), "absent");
  const std::vector<HeaderField> forwarded = {{"x-forwarded-for", "10.1.2.3"}};
  EXPECT_EQ(value(received(inside, "1.1.1.1", forwarded).headers, "x-envoy-internal"), "true");
  inside.xff_trusted_hops = 1;  // the one address is the trusted proxy's own
  EXPECT_EQ(value(received(inside, "1.1.1.1", forwarded).headers, "x-envoy-internal"), "absent");
}

/// "address:port" of whom a request is taken to come from; who connected is 10.0.0.9:4711.
std::string client_of(std::uint32_t trusted_hops, bool edge, std::string_view forwarded) {
  Listener listener;
  listener.xff_trusted_hops = trusted_hops;
  listener.use_remote_address = edge;
  KeptRequest request = request_of({{"x-forwarded-for", forwarded}});
  request.peer = "10.0.0.9";
  request.peer_port = 4711;
  EXPECT_EQ(receive_request(listener, "id", request), Reception::kTaken);
  return std::string(request.peer) + " " + std::to_string(request.peer_port);
}

TEST(ExchangeReceive, TheClientIsWhomTrustedProxiesTellOf) {
  EXPECT_EQ(client_of(0, false, "9.9.9.9, 1.2.3.4"), "1.2.3.4 0");
  EXPECT_EQ(client_of(1, false, "9.9.9.9, 1.2.3.4"), "9.9.9.9 0");
  EXPECT_EQ(client_of(2, false, "9.9.9.9, 1.2.3.4"), "10.0.0.9 4711");  // that long it is not
  EXPECT_EQ(client_of(0, false, "1.2.3.4:80"), "10.0.0.9 4711");
  EXPECT_EQ(client_of(0, false, "1.2.3.4,"), "10.0.0.9 4711");
  EXPECT_EQ(client_of(0, false, "2001:DB8:0::1"), "2001:db8::1 0");
  EXPECT_EQ(client_of(0, true, "1.2.3.4"), "10.0.0.9 4711");
  EXPECT_EQ(client_of(1, true, "9.9.9.9,1.2.3.4"), "1.2.3.4 0");
}

TEST(ExchangeReceive, TheSchemeIsTheUrlsOrWhatTheLastProxySpoke) {
  const auto scheme = [](std::string_view named, std::vector<HeaderField> headers) {
    KeptRequest request = request_of(std::move(headers));
    request.scheme = named;
    EXPECT_EQ(receive_request(Listener(), "id", request), Reception::kTaken);
    return std::string(request.scheme);
  };
  EXPECT_EQ(scheme("", {}), "http");
  EXPECT_EQ(scheme("", {{"x-forwarded-proto", "https"}}), "https");
  EXPECT_EQ(scheme("", {{"x-forwarded-proto", "wss"}}), "http");
  EXPECT_EQ(scheme("HTTPS", {{"x-forwarded-proto", "http"}}), "https");
  EXPECT_EQ(scheme("http", {{"x-forwarded-proto", "https"}}), "http");
  EXPECT_EQ(scheme("", {{"x-forwarded-proto", ""}}), "");
}

TEST(ExchangeReceive, WhatIsMissingIsFilledIn) {
  const KeptRequest bare = received({}, "1.1.1.1", {});
  EXPECT_EQ(value(bare.headers, "x-forwarded-proto"), "http");
  EXPECT_EQ(value(bare.headers, "x-request-id"), "id-1");
  const KeptRequest own =
      received({}, "1.1.1.1", {{"x-forwarded-proto", "https"}, {"x-request-id", "7"}});
  EXPECT_EQ(value(own.headers, "x-forwarded-proto"), "https");
  EXPECT_EQ(value(own.headers, "x-request-id"), "7");
}

std::string id_of(const Listener& listener, std::vector<HeaderField> fields,
                  std::string_view peer = "1.1.1.1") {
  const KeptRequest request = received(listener, peer, std::move(fields));
  return std::string(value(request.headers, "x-request-id"));
}

TEST(ExchangeReceive, AnIdIsMadeWhereThereIsNone) {
  EXPECT_EQ(id_of({}, {}), "id-1");
  EXPECT_EQ(id_of({}, {{"x-request-id", ""}}), "id-1");
  EXPECT_EQ(id_of({}, {{"x-request-id", "7"}}), "7");
  Listener off;
  off.generate_request_id = false;
  off.use_remote_address = true;
  EXPECT_EQ(id_of(off, {}), "absent");
  EXPECT_EQ(id_of(off, {{"x-request-id", ""}}), "");
  EXPECT_EQ(id_of(off, {{"x-request-id", "7"}}), "7");
}

TEST(ExchangeReceive, AnExternalCallersIdIsReplacedAtTheEdgeUnlessItIsPreserved) {
  Listener edge;
  edge.use_remote_address = true;
  edge.internal.ranges = {{*parse_ip("10.0.0.0"), 8}};
  EXPECT_EQ(id_of(edge, {{"x-request-id", "7"}}), "id-1");
  EXPECT_EQ(id_of(edge, {{"x-request-id", "7"}}, "10.0.0.1"), "7");
  edge.preserve_external_request_id = true;
  EXPECT_EQ(id_of(edge, {{"x-request-id", "7"}}), "7");
  EXPECT_EQ(id_of(edge, {{"x-request-id", ""}}), "id-1");
}

TEST(ExchangeReceive, InternalRangesOfEitherVersion) {
  Listener inside;
  inside.internal.ranges = {
      {*parse_ip("10.0.0.0"), 8}, {*parse_ip("fd00::"), 8}, {*parse_ip("::1"), 128}};
  const auto internal = [&](std::string_view address) {
    return received(inside, "1.1.1.1", {{"x-forwarded-for", address}}).internal;
  };
  for (const auto address : {"10.0.0.1", "fd00::1", "fdff:ffff::1", "::1", "0:0:0:0:0:0:0:1"})
    EXPECT_TRUE(internal(address)) << address;
  for (const auto address : {"11.0.0.1", "fe00::1", "::2", "::ffff:10.0.0.1", "10.0.0.1:80",
                             "010.0.0.1", "[fd00::1]", "fd00::1%eth0", "localhost", ""}) {
    EXPECT_FALSE(internal(address)) << address;
  }
}

TEST(ExchangeReceive, AResponseSaysHowItsBodyEndsWhereItDoesNotYet) {
  const auto framed = [](std::uint16_t status, std::vector<HeaderField> headers, bool end,
                         std::string_view method = "GET") {
    KeptResponse response;
    response.status = status;
    response.headers = std::move(headers);
    frame_response(method, end, response);
    return std::pair(std::string(value(response.headers, "content-length")),
                     std::string(value(response.headers, "transfer-encoding")));
  };
  using Framing = std::pair<std::string, std::string>;
  const Framing nothing("absent", "absent");
  EXPECT_EQ(framed(200, {}, true), Framing("0", "absent"));
  EXPECT_EQ(framed(200, {}, false), Framing("absent", "chunked"));
  EXPECT_EQ(framed(200, {}, true, "HEAD"), Framing("absent", "chunked"));
  EXPECT_EQ(framed(200, {{"content-length", "5"}}, false), Framing("5", "absent"));
  EXPECT_EQ(framed(200, {{"transfer-encoding", "chunked"}}, true), Framing("absent", "chunked"));
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{101, 199, 204, 304})
    EXPECT_EQ(framed(status, {}, true), nothing) << status;
}

}  // namespace
}  // namespace squall::policies
