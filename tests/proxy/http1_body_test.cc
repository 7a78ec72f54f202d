#include "proxy/http1_body.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace squall::proxy {
namespace {

using State = BodyReader::State;

/// The body, what of `bytes` was read, and the last state; `step` bytes at a time.
struct Outcome {
  std::string body;
  std::size_t consumed = 0;
  State state = State::kMore;
};
Outcome read_all(const Framing& framing, std::string_view bytes, std::size_t step) {
  BodyReader reader;
  reader.start(framing);
  Outcome outcome;
  std::size_t seen = 0;
  while (outcome.state == State::kMore && seen < bytes.size()) {
    seen = std::min(bytes.size(), seen + step);
    for (;;) {
      const auto piece = reader.read(bytes.substr(outcome.consumed, seen - outcome.consumed));
      outcome.body += piece.data;
      outcome.consumed += piece.consumed;
      outcome.state = piece.state;
      if (piece.state != State::kMore || piece.consumed == 0) break;
    }
  }
  return outcome;
}

constexpr Framing kChunked{.body = BodyKind::kChunked};

TEST(BodyReader, ALengthEndsABody) {
  const Framing framing{.body = BodyKind::kLength, .length = 5};
  for (std::size_t step = 1; step < 9; ++step) {
    const Outcome outcome = read_all(framing, "helloGET /", step);
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.consumed, 5U);
    EXPECT_EQ(outcome.state, State::kEnd);
  }
}

TEST(BodyReader, TheConnectionsEndIsNotSeenHere) {
  const Outcome outcome = read_all({.body = BodyKind::kUntilClose}, "anything", 3);
  EXPECT_EQ(outcome.body, "anything");
  EXPECT_EQ(outcome.state, State::kMore);
}

TEST(BodyReader, ChunksHoweverTheBytesCome) {
  const std::string_view bytes =
      "4\r\nWiki\r\n00005 ;ext=\"a b\"\r\npedia\r\nA\r\n0123456789\r\n0\r\nT: x\r\nU: y\r\n\r\nGET";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Outcome outcome = read_all(kChunked, bytes, step);
    EXPECT_EQ(outcome.body, "Wikipedia0123456789") << step;
    EXPECT_EQ(outcome.consumed, bytes.size() - 3) << step;
    EXPECT_EQ(outcome.state, State::kEnd) << step;
  }
}

TEST(BodyReader, BrokenChunksAreErrors) {
  for (const std::string_view bytes :
       {"x\r\n", "\r\n", "0x5\r\n", "-5\r\nabcde\r\n", "+5\r\n", "5\nabcde", "5\r\nabcdeX",
        "5\r\nabcde\rX", "5;a\nb\r\n", "5\rX", "ffffffffffffffff\r\n", "0\r\n\rX", "0\r\nT: x\rX",
        "0\r\nT\n", "0\r\nT\r\n", "0\r\n: x\r\n", "0\r\nT : x\r\n", "0\r\nT: x\r\n y\r\n"}) {
    EXPECT_EQ(read_all(kChunked, bytes, 100).state, State::kError) << bytes;
  }
}

TEST(BodyReader, ASizeMayBeginWithZeros) {
  const Outcome outcome = read_all(kChunked, "000000000000000000002\r\nhi\r\n00\r\n\r\n", 7);
  EXPECT_EQ(outcome.body, "hi");
  EXPECT_EQ(outcome.state, State::kEnd);
}

TEST(BodyReader, SizesExtensionsAndTrailersHaveALimit) {
  EXPECT_EQ(read_all(kChunked, std::string(9000, '0'), 9999).state, State::kError);
  EXPECT_EQ(read_all(kChunked, "1;" + std::string(9000, 'x'), 9999).state, State::kError);
  EXPECT_EQ(read_all(kChunked, "0\r\nT: " + std::string(9000, 'x'), 9999).state, State::kError);
  std::string many = "0\r\n";
  for (int i = 0; i < 3000; ++i) many += "a: b\r\n";
  EXPECT_EQ(read_all(kChunked, many, 99999).state, State::kError);
}

}  // namespace
}  // namespace squall::proxy
