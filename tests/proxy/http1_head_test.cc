#include "proxy/http1_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace squall::proxy {
namespace {

struct Read {
  std::string text;
  policies::KeptRequest request;
  Framing framing;
  HeadError error = HeadError::kNone;

  explicit Read(std::string head) : text(std::move(head)) {
    HeadScanner scanner;
    const std::size_t size = scanner.find_end(text, error);
    if (error == HeadError::kNone && size == 0) error = HeadError::kSyntax;
    if (error == HeadError::kNone)
      error = read_request_head(std::span(text).first(size), request, framing);
  }
};

HeadError error_of(const std::string& lines) { return Read(lines + "\r\n\r\n").error; }

TEST(HeadScanner, FindsTheEndHoweverTheBytesCome) {
  const std::string head = "GET / HTTP/1.1\r\nhost: a\r\n\r\nmore";
  for (std::size_t cut = 1; cut < head.size(); ++cut) {
    HeadScanner scanner;
    HeadError error{};
    std::size_t size = scanner.find_end(std::string_view(head).substr(0, cut), error);
    EXPECT_EQ(size, cut >= 27 ? 27U : 0U) << cut;
    if (size == 0) size = scanner.find_end(head, error);
    EXPECT_EQ(size, 27U) << cut;
    EXPECT_EQ(error, HeadError::kNone);
  }
}

TEST(HeadScanner, ABareLineFeedIsAnErrorAtOnce) {
  HeadScanner scanner;
  HeadError error{};
  EXPECT_EQ(scanner.find_end("GET / HTTP/1.1\nhost", error), 0U);
  EXPECT_EQ(error, HeadError::kSyntax);
}

TEST(HeadScanner, AHeadHasALimit) {
  HeadScanner scanner;
  HeadError error{};
  scanner.find_end(std::string(kMostHeadBytes + 1, 'x'), error);
  EXPECT_EQ(error, HeadError::kTooLarge);
}

TEST(RequestHead, LowersNamesAndLeavesConnectionHeadersOut) {
  const Read read(
      "POST /a?b=c HTTP/1.1\r\nHost: Shop:80\r\nX-Mixed-Case: Value \r\nConnection: keep-alive, "
      "x-hop\r\n"
      "Keep-Alive: 5\r\nX-Hop: 1\r\nTE: gzip\r\nContent-Length: 12\r\n\r\n");
  ASSERT_EQ(read.error, HeadError::kNone);
  EXPECT_EQ(read.request.method, "POST");
  EXPECT_EQ(read.request.path, "/a?b=c");
  EXPECT_EQ(read.request.authority, "Shop:80");
  ASSERT_EQ(read.request.headers.size(), 2U);
  EXPECT_EQ(read.request.headers[0].name, "x-mixed-case");
  EXPECT_EQ(read.request.headers[0].value, "Value");
  EXPECT_EQ(read.request.headers[1].name, "content-length");
  EXPECT_EQ(read.framing.body, BodyKind::kLength);
  EXPECT_EQ(read.framing.length, 12U);
  EXPECT_TRUE(read.framing.keep_alive);
}

TEST(RequestHead, EveryConnectionHeaderCounts) {
  const Read read(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-one, connection\r\nX-One: 1\r\nX-Two: 2\r\n"
      "Connection: x-two\r\nX-Three: 3\r\n\r\n");
  ASSERT_EQ(read.error, HeadError::kNone);
  ASSERT_EQ(read.request.headers.size(), 1U);
  EXPECT_EQ(read.request.headers[0].name, "x-three");
}

TEST(RequestHead, ConnectionMayNotHideWhereARequestCameFrom) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: ";
  for (const std::string name :
       {"x-forwarded-for", "X-Forwarded-Host", "close, x-forwarded-proto", ":path"})
    EXPECT_EQ(error_of(get + name), HeadError::kConnectionHeader) << name;
  EXPECT_EQ(error_of(get + "a, b, c, d, e, f, g, h, i"), HeadError::kNone);
  EXPECT_EQ(error_of(get + "a, b, c, d, e, f, g, h, i, j"), HeadError::kConnectionHeader);
}

TEST(RequestHead, ConnectionTakesNeitherTheBodysFramesNorTrailersAway) {
  const Read read(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTE: gzip, trailers\r\nCookie: a=b\r\n"
      "Connection: content-length, te, cookie\r\n\r\n");
  ASSERT_EQ(read.error, HeadError::kNone);
  EXPECT_EQ(read.framing.length, 2U);
  ASSERT_EQ(read.request.headers.size(), 2U);
  EXPECT_EQ(read.request.headers[1].name, "te");
  EXPECT_EQ(read.request.headers[1].value, "trailers");
}

TEST(RequestHead, AnyConnectionHeaderMayEndTheConnection) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_TRUE(Read(get + "Proxy-Connection: keep-alive\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(Read(get + "Proxy-Connection: close\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(Read(get + "Connection: keep-alive, close\r\n\r\n").framing.keep_alive);
}

TEST(RequestHead, AnEmptyHostIsOne) {
  EXPECT_NE(Read("GET / HTTP/1.1\r\nHost:\r\n\r\n").request.authority.data(), nullptr);
  EXPECT_EQ(Read("GET / HTTP/1.1\r\nX: y\r\n\r\n").request.authority.data(), nullptr);
}

TEST(RequestHead, AnAbsoluteTargetBeatsTheHost) {
  const Read read("GET http://real/path HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_EQ(read.error, HeadError::kNone);
  EXPECT_EQ(read.request.authority, "real");
  EXPECT_EQ(read.request.path, "/path");
  EXPECT_EQ(Read("GET http://real HTTP/1.1\r\nHost: other\r\n\r\n").request.path, "/");
}

TEST(RequestHead, OneMeaningOrNone) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const struct {
    std::string lines;
    HeadError error;
  } kRows[] = {
      {get + "Content-Length: 5\r\nTransfer-Encoding: chunked", HeadError::kLengthAndChunked},
      {get + "Transfer-Encoding: chunked\r\nContent-Length: 5", HeadError::kLengthAndChunked},
      {get + "Content-Length: 5\r\nContent-Length: 6", HeadError::kSyntax},
      {get + "Content-Length: 5\r\nContent-Length: 5", HeadError::kSyntax},
      {get + "Content-Length: 5, 5", HeadError::kSyntax},
      {get + "Content-Length: +5", HeadError::kSyntax},
      {get + "Content-Length: -1", HeadError::kSyntax},
      {get + "Content-Length: 0x5", HeadError::kSyntax},
      {get + "Content-Length: 18446744073709551616", HeadError::kSyntax},
      {get + "Content-Length:", HeadError::kSyntax},
      {get + "Transfer-Encoding: xchunked", HeadError::kTransferCoding},
      {get + "Transfer-Encoding: chunked, identity", HeadError::kTransferCoding},
      {get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
       HeadError::kTransferCoding},
      {get + "Transfer-Encoding: \vchunked", HeadError::kInvalidCharacters},
      {get + "Space : 1", HeadError::kSyntax},
      {get + "X: 1\r\n folded", HeadError::kSyntax},
      {get + std::string("X: a\0b", 6), HeadError::kInvalidCharacters},
      {get + "X: a\rb", HeadError::kSyntax},
      {get + ": none", HeadError::kSyntax},
      {get + "nocolon", HeadError::kSyntax},
      {get + "Host: b", HeadError::kSyntax},
      {"GET / HTTP/1.1\r\nHost: a/b", HeadError::kInvalidAuthority},
      {"GET / HTTP/1.0\r\nHost: a", HeadError::kVersion},
      {"GET / HTTP/1.2\r\nHost: a", HeadError::kVersion},
      {"GET / http/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET  / HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET\t/ HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET /a b HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET /\x80 HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET a HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET /\x01 HTTP/1.1\r\nHost: a", HeadError::kInvalidCharacters},
      {"GET /\r\nHost: a", HeadError::kVersion},
      {"GET\r\nHost: a", HeadError::kSyntax},
      {"GET http://a HTTP/1.1", HeadError::kNone},
      {"GET http://[::1]:80/ HTTP/1.1", HeadError::kNone},
      {"GET http://a?b HTTP/1.1", HeadError::kNone},
      {"GET ftp://a/ HTTP/1.1", HeadError::kInvalidScheme},
      {"GET http:///b HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://a_b/ HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://a@b/ HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://a:/ HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://a:65536/ HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://[::1/ HTTP/1.1", HeadError::kInvalidUrl},
      {"GET http://[]/ HTTP/1.1", HeadError::kInvalidUrl},
      {"BREW / HTTP/1.1\r\nHost: a", HeadError::kSyntax},
      {"GET * HTTP/1.1\r\nHost: a", HeadError::kInvalidUrl},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a", HeadError::kConnect},
      {"CONNECT a HTTP/1.1\r\nHost: a", HeadError::kInvalidUrl},
      {"CONNECT /a HTTP/1.1\r\nHost: a", HeadError::kInvalidUrl},
      {get + "Connection: upgrade\r\nUpgrade: websocket", HeadError::kUpgrade},
      {get + "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
       HeadError::kNone},
      {get + "X: tab\tand \xc3\xa9", HeadError::kNone},
  };
  for (const auto& row : kRows) EXPECT_EQ(error_of(row.lines), row.error) << row.lines;
}

TEST(RequestHead, HasAHundredFieldsAtMost) {
  std::string head = "GET / HTTP/1.1\r\nHost: a";
  for (int i = 0; i < 99; ++i) head += "\r\nx-" + std::to_string(i) + ": 1";
  EXPECT_EQ(error_of(head), HeadError::kNone);
  EXPECT_EQ(error_of(head + "\r\nx: 1"), HeadError::kTooManyFields);
}

struct ReadAnswer {
  std::string text;
  AnswerHead answer;
  HeadError error;
  explicit ReadAnswer(const std::string& lines, bool to_head = false)
      : text(lines + "\r\n\r\n"), error(read_response_head(text, to_head, answer)) {}
};

TEST(ResponseHead, SaysWhereItsBodyEnds) {
  const auto framing = [](const std::string& lines, bool to_head = false) {
    const ReadAnswer read(lines, to_head);
    EXPECT_EQ(read.error, HeadError::kNone) << lines;
    return read.answer.framing;
  };
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 3").length, 3U);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 0").body, BodyKind::kNone);
  EXPECT_EQ(framing("HTTP/1.1 200\r\nTransfer-Encoding: Chunked").body, BodyKind::kChunked);
  EXPECT_EQ(framing("HTTP/1.1 200 OK").body, BodyKind::kUntilClose);
  EXPECT_FALSE(framing("HTTP/1.1 200 OK").keep_alive);
  EXPECT_EQ(framing("HTTP/1.1 304 Not Modified\r\nContent-Length: 3").body, BodyKind::kNone);
  EXPECT_EQ(framing("HTTP/1.1 204 No Content").body, BodyKind::kNone);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 3", true).body, BodyKind::kNone);
  EXPECT_FALSE(framing("HTTP/1.0 200 OK\r\nContent-Length: 3").keep_alive);
  EXPECT_TRUE(framing("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3").keep_alive);
  EXPECT_FALSE(framing("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3").keep_alive);
  EXPECT_TRUE(framing("HTTP/2.0 200 OK\r\nContent-Length: 3").keep_alive);
}

TEST(ResponseHead, RefusesWhatIsNone) {
  for (const std::string line :
       {"HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 No", "HTTP/1.1  200",
        "HTTP/1.1 204 No Content\r\nContent-Length: 1", "HTTP/1.1 200 OK\r\nContent-Length: a",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", "200 OK"}) {
    EXPECT_NE(ReadAnswer(line).error, HeadError::kNone) << line;
  }
}

TEST(ResponseHead, KeepsWhatItsConnectionHeaderNames) {
  const ReadAnswer read("HTTP/1.1 200 OK\r\nConnection: x\r\nX: y\r\nContent-Length: 0");
  ASSERT_EQ(read.error, HeadError::kNone);
  EXPECT_EQ(policies::find_header(read.answer.headers, "x"), "y");
  EXPECT_FALSE(policies::find_header(read.answer.headers, "connection"));
}

}  // namespace
}  // namespace squall::proxy
