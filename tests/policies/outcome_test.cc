#include "policies/outcome.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

TEST(Outcome, DetailsOfARefusedConnectionSayWhy) {
  TextArena arena;
  Outcome outcome{.details = Details::kResetBeforeResponse,
                  .reset = ResetReason::kRemoteConnectionFailure,
                  .flags = {},
                  .connect_error = kConnectionRefused};
  EXPECT_EQ(details_text(outcome, nullptr, arena),
            "upstream_reset_before_response_started{remote_connection_failure|"
            "delayed_connect_error:_Connection_refused}");
  outcome.connect_error = {};
  EXPECT_EQ(details_text(outcome, nullptr, arena),
            "upstream_reset_before_response_started{remote_connection_failure}");
  outcome.connect_error = kConnectionRefused;
  outcome.details = Details::kResponseTimeout;
  EXPECT_EQ(details_text(outcome, nullptr, arena), "response_timeout");
}

}  // namespace
}  // namespace squall::policies
