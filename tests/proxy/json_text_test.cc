#include "proxy/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace squall::proxy {
namespace {

TEST(JsonText, EveryByteMakesValidJson) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      std::string out;
      append_json_string(out, text);
      ASSERT_TRUE(nlohmann::json::accept(out)) << first << ' ' << second;
    }
  }
}

TEST(JsonText, UnicodePassesAndBrokenSequencesAreReplaced) {
  std::string out = "x";
  append_json_string(out, "\xe2\x82\xac\xf0\x9f\x90\xbf");
  EXPECT_EQ(out, "x\"\xe2\x82\xac\xf0\x9f\x90\xbf\"");
  for (const std::string_view broken :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    out.clear();
    append_json_string(out, broken);
    EXPECT_TRUE(out.find("\\ufffd") != std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(out));
  }
}

TEST(JsonText, QuotesWhatStandsThere) {
  std::string out = "a:plain";
  quote_json(out, 2);
  EXPECT_EQ(out, "a:\"plain\"");
  out = "a:q\"\n";
  quote_json(out, 2);
  EXPECT_EQ(out, "a:\"q\\\"\\u000a\"");
}

}  // namespace
}  // namespace squall::proxy
