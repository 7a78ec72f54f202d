#include "policies/grpc_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace squall::policies {
namespace {

using namespace std::string_view_literals;

const std::vector<HeaderField> kGrpc = {{"content-type", "application/grpc"}};
const std::vector<HeaderField> kWell = {{"grpc-status", "0"}};
constexpr std::string_view kServing = "\0\0\0\0\2\x08\1"sv;

/// What a whole answer says.
CheckOutcome outcome_of(std::string_view body, Headers trailers = kWell, Headers head = kGrpc) {
  GrpcAnswer answer;
  if (const auto outcome = answer.on_head({.status = 200, .headers = head}, false)) return *outcome;
  if (const auto outcome = answer.on_body(body, false)) return *outcome;
  return answer.on_trailers(trailers);
}

TEST(GrpcCheck, TheCallNamesTheService) {
  EXPECT_EQ(grpc_check_body({}), "\0\0\0\0\0"sv);
  EXPECT_EQ(grpc_check_body({.service_name = "shop", .authority = "", .metadata = {}}),
            "\0\0\0\0\6\x0a\4shop"sv);
  const std::string body =
      grpc_check_body({.service_name = std::string(300, 'x'), .authority = "", .metadata = {}});
  EXPECT_EQ(body.substr(0, 8), "\0\0\0\1\x2f\x0a\xac\2"sv);
  EXPECT_EQ(body.size(), 5U + 3U + 300U);
}

TEST(GrpcCheck, AServingHostPasses) {
  EXPECT_EQ(outcome_of(kServing), CheckOutcome::kSuccess);
  const std::vector<HeaderField> proto = {{"content-type", "application/grpc+proto"}};
  EXPECT_EQ(outcome_of(kServing, kWell, proto), CheckOutcome::kSuccess);
  EXPECT_EQ(outcome_of("\0\0\0\0\0\0\0\0\0\2\x08\1"sv),
            CheckOutcome::kSuccess);  // an empty one first
}

TEST(GrpcCheck, FieldsThatItDoesNotKnowArePassedOver) {
  EXPECT_EQ(outcome_of("\0\0\0\0\4\x10\5\x08\1"sv), CheckOutcome::kSuccess);          // a number
  EXPECT_EQ(outcome_of("\0\0\0\0\x0b\x11xxxxxxxx\x08\1"sv), CheckOutcome::kSuccess);  // 64 bits
  EXPECT_EQ(outcome_of("\0\0\0\0\7\x15xxxx\x08\1"sv), CheckOutcome::kSuccess);        // 32 bits
  EXPECT_EQ(outcome_of("\0\0\0\0\6\x12\2hi\x08\1"sv), CheckOutcome::kSuccess);        // a text
  EXPECT_EQ(outcome_of("\0\0\0\0\4\x08\2\x08\1"sv), CheckOutcome::kSuccess);          // the last
}

TEST(GrpcCheck, AnyOtherStatusOfTheServiceIsAFailure) {
  EXPECT_EQ(outcome_of("\0\0\0\0\2\x08\2"sv), CheckOutcome::kFailure);
  EXPECT_EQ(outcome_of("\0\0\0\0\3\x08\x81\1"sv), CheckOutcome::kFailure);  // 129
  EXPECT_EQ(outcome_of("\0\0\0\0\2\x10\1"sv), CheckOutcome::kFailure);      // none is UNKNOWN
  EXPECT_EQ(outcome_of("\0\0\0\0\0"sv), CheckOutcome::kFailure);            // no message
  EXPECT_EQ(outcome_of(""), CheckOutcome::kFailure);
}

TEST(GrpcCheck, TheTrailersSayWhetherTheCallWentWell) {
  const std::vector<HeaderField> unavailable = {{"grpc-status", "14"}}, none = {{"x", "y"}};
  EXPECT_EQ(outcome_of(kServing, unavailable), CheckOutcome::kFailure);
  EXPECT_EQ(outcome_of(kServing, none), CheckOutcome::kFailure);
}

TEST(GrpcCheck, AHeadThatIsNoneOfGrpcEndsIt) {
  GrpcAnswer answer;
  const std::vector<HeaderField> html = {{"content-type", "text/html"}};
  EXPECT_EQ(answer.on_head({.status = 200, .headers = html}, false), CheckOutcome::kFailure);
  EXPECT_EQ(answer.on_head({.status = 200, .headers = {}}, false), CheckOutcome::kFailure);
  EXPECT_EQ(answer.on_head({.status = 503, .headers = kGrpc}, false), CheckOutcome::kFailure);
  const std::vector<HeaderField> whole = {{"content-type", "application/grpc"},
                                          {"grpc-status", "0"}};
  EXPECT_EQ(answer.on_head({.status = 200, .headers = whole}, true), CheckOutcome::kFailure);
  EXPECT_EQ(answer.on_head({.status = 200, .headers = kGrpc}, false), std::nullopt);
}

TEST(GrpcCheck, AMessageMayComeInPieces) {
  GrpcAnswer answer;
  for (const char byte : kServing) EXPECT_EQ(answer.on_body({&byte, 1}, false), std::nullopt);
  EXPECT_EQ(answer.on_trailers(kWell), CheckOutcome::kSuccess);
  answer.clear();
  EXPECT_EQ(answer.on_trailers(kWell), CheckOutcome::kFailure);
}

TEST(GrpcCheck, ABodyThatCannotBeReadEndsIt) {
  const auto read = [](std::string_view body, bool end = false) {
    GrpcAnswer answer;
    return answer.on_body(body, end);
  };
  EXPECT_EQ(read(kServing, true), CheckOutcome::kFailure);                        // no trailers
  EXPECT_EQ(read("\2"sv), CheckOutcome::kFailure);                                // unknown flags
  EXPECT_EQ(read("\1\0\0\0\2\x08\1"sv), CheckOutcome::kFailure);                  // compressed
  EXPECT_EQ(read("\0\0\x10\0\1"sv), CheckOutcome::kFailure);                      // over 1 MiB
  EXPECT_EQ(read("\0\0\x10\0\0"sv), std::nullopt);                                // just that
  EXPECT_EQ(read("\0\0\0\0\2\x08\1\0\0\0\0\2\x08\1"sv), CheckOutcome::kFailure);  // two messages
  for (const std::string_view broken :
       {"\0\0\0\0\1\x08"sv, "\0\0\0\0\2\0\1"sv, "\0\0\0\0\2\x12\5"sv, "\0\0\0\0\2\x13\0"sv,
        "\0\0\0\0\2\x11x"sv, "\0\0\0\0\2\x15x"sv, "\0\0\0\0\1\x80"sv})
    EXPECT_EQ(read(broken), CheckOutcome::kFailure);
}

}  // namespace
}  // namespace squall::policies
