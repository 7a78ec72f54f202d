#include "policies/base/short_text.h"

#include <gtest/gtest.h>

#include <string>

namespace squall {
namespace {

TEST(ShortText, IsTheSameWhereEachByteIs) {
  for (std::size_t size = 0; size <= 70; ++size) {
    const std::string text(size, 'a');
    EXPECT_TRUE(same_bytes(text.data(), std::string(text)));
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = 'b';
      EXPECT_FALSE(same_bytes(other.data(), text)) << size << " " << i;
    }
  }
}

TEST(ShortText, EightBytesMakeOneWordEach) {
  EXPECT_NE(short_word("GET"), short_word("GEX"));
  EXPECT_NE(short_word("ab"), short_word("cb"));
  EXPECT_NE(short_word("abcdefgh"), short_word("abcXefgh"));
  EXPECT_EQ(short_word(""), 0U);
}

TEST(ShortText, ASampleHasTheLastBytes) {
  EXPECT_NE(sample_bytes("a long text that ends in 1"), sample_bytes("a long text that ends in 2"));
  EXPECT_EQ(sample_bytes("short"), short_word("short"));
}

}  // namespace
}  // namespace squall
