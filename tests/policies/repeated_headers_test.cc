#include "policies/repeated_headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace squall::policies {
namespace {

using Fields = std::vector<HeaderField>;

Fields joined(HeadOf head, Fields fields, TextArena& text) {
  join_repeated(head, fields, text);
  return fields;
}

bool same(const Fields& fields, const Fields& wanted) {
  return std::ranges::equal(fields, wanted, [](const HeaderField& one, const HeaderField& other) {
    return one.name == other.name && one.value == other.value;
  });
}

TEST(RepeatedHeaders, WhatEnvoyKnowsIsOneFieldInThePlaceOfTheFirst) {
  TextArena text;
  EXPECT_TRUE(same(
      joined(HeadOf::kRequest,
             {{"accept", "a"}, {"x-own", "1"}, {"accept", "b"}, {"x-own", "2"}, {"accept", "c"}},
             text),
      {{"accept", "a,b,c"}, {"x-own", "1"}, {"x-own", "2"}}));
}

TEST(RepeatedHeaders, RequestsAndResponsesHaveNamesOfTheirOwn) {
  TextArena text;
  const Fields vary = {{"vary", "a"}, {"vary", "b"}}, accept = {{"accept", "a"}, {"accept", "b"}};
  EXPECT_TRUE(same(joined(HeadOf::kRequest, vary, text), vary));
  EXPECT_TRUE(same(joined(HeadOf::kResponse, vary, text), {{"vary", "a,b"}}));
  EXPECT_TRUE(same(joined(HeadOf::kResponse, accept, text), accept));
  for (const HeadOf head : {HeadOf::kRequest, HeadOf::kResponse}) {
    EXPECT_TRUE(joins(head, "via"));
    EXPECT_TRUE(joins(head, "x-request-id"));
    EXPECT_FALSE(joins(head, "cookie"));
    EXPECT_FALSE(joins(head, "set-cookie"));
    EXPECT_FALSE(joins(head, "zzz"));
  }
}

TEST(RepeatedHeaders, NamesThatShareABitAreToldApart) {
  // "if-match" and each name of its length and ends; a hundred others fill all the bits.
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("x-" + std::to_string(i));
  Fields fields;
  for (const std::string& name : names) fields.push_back({name, "v"});
  fields.push_back({"if-match", "a"});
  fields.push_back({"if-range", "b"});
  TextArena text;
  const Fields before = fields;
  EXPECT_TRUE(same(joined(HeadOf::kRequest, fields, text), before));
}

}  // namespace
}  // namespace squall::policies
