#include "config/proto_forms.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::config {
namespace {

Node node_of(const std::string& text) { return parse_documents(text, "test.yaml")->front(); }

TEST(ProtoForms, ADurationIsSecondsWithUpToNineDecimals) {
  EXPECT_EQ(parse_proto_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_proto_duration("-0.000000001s"), -1ns);
  EXPECT_EQ(proto_text(1500ms), "1.5s");
  EXPECT_EQ(proto_text(2s), "2s");
  for (const char* const none : {"1", "1ms", ".5s", "1.s", "0.0000000001s", "99999999999s", "s"})
    EXPECT_FALSE(parse_proto_duration(none)) << none;
}

TEST(ProtoForms, AMappingOfSecondsAndNanosIsADuration) {
  EXPECT_EQ(parts_of_duration(node_of("{seconds: 1, nanos: 500000000}")), 1500ms);
  EXPECT_EQ(parts_of_duration(node_of("{seconds: '2'}")), 2s);
  EXPECT_EQ(parts_of_duration(node_of("{nanos: 7}")), 7ns);
  EXPECT_EQ(parts_of_duration(node_of("{}")), 0s);
  for (const char* const none : {"{seconds: x}", "{minutes: 1}", "{seconds: 9000000001}",
                                 "{nanos: 1000000000}", "1s", "{seconds: 1, nanos: -500000000}"})
    EXPECT_FALSE(parts_of_duration(node_of(none))) << none;
}

TEST(ProtoForms, AMappingOfAValueAloneIsThatValue) {
  EXPECT_EQ(unwrapped(node_of("{value: 3}")).as_int(), 3);
  for (const char* const whole : {"{value: 3, other: 4}", "{value: {value: 3}}", "{}", "3"}) {
    const Node node = node_of(whole);
    EXPECT_EQ(&unwrapped(node), &node) << whole;
  }
}

}  // namespace
}  // namespace squall::config
