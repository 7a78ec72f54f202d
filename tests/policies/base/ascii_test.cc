// Letters of ASCII in lower case; everything else stays as it is.
#include "policies/base/ascii.h"

#include <gtest/gtest.h>

namespace squall {
namespace {

TEST(LowerCase, OfAsciiLettersAlone) {
  EXPECT_EQ(lower_case("X-Envoy_[AZ@`az{]\xC3\x84"), "x-envoy_[az@`az{]\xC3\x84");
  EXPECT_EQ(lower_case(""), "");
  EXPECT_EQ(lower_case('Z'), 'z');
  EXPECT_EQ(lower_case('['), '[');
}

}  // namespace
}  // namespace squall
