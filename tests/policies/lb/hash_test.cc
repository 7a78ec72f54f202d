#include "policies/lb/hash.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace squall::policies::lb {
namespace {

// xxHash's own sanity check: the empty text, and its PRNG-free examples as in Envoy's hash_test.
TEST(XxHash, IsTheLibrarys) {
  EXPECT_EQ(xx_hash("foo"), 3728699739546630719U);
  EXPECT_EQ(xx_hash("bar"), 5234164152756840025U);
  EXPECT_EQ(xx_hash(""), 17241709254077376921U);
  EXPECT_NE(xx_hash("foo", 1), xx_hash("foo"));
}

TEST(MurmurHash, IsTheOneThatTheStandardLibraryHashesTextsWith) {
  // libstdc++'s std::hash of a string is this function with this seed, on 64 bits.
  for (const char* text : {"", "a", "hello", "12345678", "123456789", "127.0.0.1:80_0",
                           "a text of more than three times eight bytes"}) {
    EXPECT_EQ(murmur_hash(text), std::hash<std::string>{}(text)) << text;
  }
}

}  // namespace
}  // namespace squall::policies::lb
