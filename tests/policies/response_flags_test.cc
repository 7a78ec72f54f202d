#include "policies/response_flags.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace squall::policies {
namespace {

TEST(ResponseFlags, PrintInTheOrderInWhichTheyWereSetAndOnce) {
  FlagList flags;
  EXPECT_EQ(to_string(flags), "-");
  flags.set(ResponseFlag::kURX);
  flags.set(ResponseFlag::kUF);
  flags.set(ResponseFlag::kURX);
  EXPECT_EQ(to_string(flags), "URX,UF");
  EXPECT_TRUE(flags.has(ResponseFlag::kUF));
  EXPECT_FALSE(flags.has(ResponseFlag::kUC));
}

TEST(ResponseFlags, ANinthIsDropped) {
  FlagList flags;
  for (int i = 1; i <= 9; ++i) flags.set(static_cast<ResponseFlag>(i));
  EXPECT_EQ(to_string(flags), "UH,UT,LR,UR,UF,UC,UO,NR");
}

TEST(ResponseFlags, EachHasAShortNameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(ResponseFlag::kOM); ++i)
    names.emplace(short_name(static_cast<ResponseFlag>(i)));
  EXPECT_EQ(names, (std::set<std::string>{"-", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR",
                                          "URX", "DC", "NC", "UPE", "UMSDR", "IH", "OM"}));
}

TEST(Details, EveryResetReasonHasATextAndAFlagOfItsOwn) {
  std::set<std::string> texts;
  for (std::size_t i = 1; i < kResetReasons; ++i) {
    const auto reason = static_cast<ResetReason>(i);
    texts.emplace(details_text(Details::kResetBeforeResponse, reason));
    texts.emplace(details_text(Details::kResetAfterResponse, reason));
    EXPECT_NE(flag_of(reason), ResponseFlag::kNone) << i;
    EXPECT_FALSE(body_name(reason).empty()) << i;
  }
  EXPECT_EQ(texts.size(), 2 * (kResetReasons - 1));
  EXPECT_EQ(details_text(Details::kResetBeforeResponse, ResetReason::kOverflow),
            "upstream_reset_before_response_started{overflow}");
  EXPECT_EQ(details_text(Details::kResetBeforeResponse, ResetReason::kRemoteConnectionFailure),
            "upstream_reset_before_response_started{remote_connection_failure}");
  EXPECT_EQ(details_text(Details::kResetAfterResponse, ResetReason::kProtocolError),
            "upstream_reset_after_response_started{protocol_error}");
}

TEST(Details, ReasonsReadAsInEnvoysBodies) {
  EXPECT_EQ(body_name(ResetReason::kRemoteConnectionFailure), "remote connection failure");
  EXPECT_EQ(details_name(ResetReason::kRemoteConnectionFailure), "remote_connection_failure");
  EXPECT_EQ(flag_of(ResetReason::kHttp1PrematureUpstreamHalfClose), ResponseFlag::kLR);
  EXPECT_EQ(flag_of(ResetReason::kConnectError), ResponseFlag::kUR);
}

}  // namespace
}  // namespace squall::policies
