#include "config/fields.h"

#include <gtest/gtest.h>

namespace squall::config {
namespace {

using namespace std::chrono_literals;

enum class Color : std::uint8_t { kRed, kBlue };

/// Reads one document with `read`, and gives what was reported.
std::vector<std::string> reading(std::string_view text, auto&& read,
                                 Dialect dialect = Dialect::kSquall) {
  const Result<std::vector<Node>> documents = parse_documents(text, "x");
  if (!documents || documents->empty()) {
    ADD_FAILURE() << "the document itself";
    return {};
  }
  Diagnostics diagnostics;
  Fields f(documents->front(), "", diagnostics, dialect);
  read(f);
  f.finish();
  std::vector<std::string> lines;
  for (const Diagnostic& d : diagnostics.sorted()) lines.push_back(to_string(d));
  return lines;
}

/// What is reported when field `a` of `text` is read.
std::string message(std::string_view text, auto&& read, Dialect dialect = Dialect::kSquall) {
  const std::vector<std::string> lines = reading(text, read, dialect);
  return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " messages";
}

TEST(Fields, WhatIsMissingIsNotSaidWhereItIsMisspelt) {
  const auto read = [](Fields& f) {
    std::string text;
    f.require("host");
    f.text("host", text);
    f.exactly_one({"status", "grpc"});
  };
  EXPECT_EQ(reading("{hsot: a, status: 1}", read),
            std::vector<std::string>{"x:1:2: error: hsot: unknown field; did you mean \"host\"?"});
  EXPECT_EQ(
      reading("{host: a, statsu: 1}", read),
      std::vector<std::string>{"x:1:11: error: statsu: unknown field; did you mean \"status\"?"});
  EXPECT_EQ(reading("{other: a, status: 1}", read),
            (std::vector<std::string>{
                "x:1:1: error: host is missing",
                "x:1:2: error: other: unknown field; the fields here are host, status, grpc"}));
}

TEST(Fields, WhatIsMissingIsSaidOfATableThatNobodyFinishes) {
  const auto documents = parse_documents("{a: 1}", "x");
  Diagnostics diagnostics;
  {
    (void)Fields(documents->front(), "spec", diagnostics).require("host", "name it");
  }
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(to_string(diagnostics.all()[0]), "x:1:1: error: spec: host is missing; name it");
}

TEST(Fields, AnErrorOrAnUnknownFieldMakesItUnsound) {
  const auto sound = [](std::string_view text) {
    bool is = false;
    (void)reading(text, [&](Fields& f) {
      int number = 0;
      f.integer("a", number);
      f.not_honoured({"b"});
      is = f.sound();
    });
    return is;
  };
  EXPECT_TRUE(sound("{a: 1}"));
  EXPECT_TRUE(sound("{a: 1, b: 2}"));
  EXPECT_FALSE(sound("{a: x}"));
  EXPECT_FALSE(sound("{a: 1, c: 2}"));
}

TEST(Fields, ReadsEachType) {
  std::string text = "old", absent = "kept";
  bool yes = false;
  int count = 0;
  std::optional<std::uint64_t> seed;
  double weight = 0, ratio = 0, percent = 0, rate = 0;
  Duration timeout{};
  std::int64_t bytes = 0;
  std::vector<std::string> names;
  std::optional<Color> color;
  const auto lines = reading(
      "{text: 12, yes: true, count: -3, seed: 18446744073709551615, weight: 1.5, timeout: 250ms, "
      "ratio: 0.05,\n"
      " percent: 5%, rate: 30/m, bytes: 20Ki, names: [a, b], color: blue, nothing: null}",
      [&](Fields& f) {
        EXPECT_TRUE(f.text("text", text));
        EXPECT_FALSE(f.text("absent", absent));
        EXPECT_FALSE(f.text("nothing", absent));
        EXPECT_TRUE(f.has("nothing"));
        f.boolean("yes", yes);
        f.integer("count", count);
        f.integer("seed", seed);
        f.number("weight", weight);
        f.duration("timeout", timeout);
        f.ratio("ratio", ratio);
        f.ratio("percent", percent);
        f.rate("rate", rate);
        f.size("bytes", bytes);
        f.texts("names", names);
        f.choice("color", color, {{"red", Color::kRed}, {"blue", Color::kBlue}});
      });
  EXPECT_TRUE(lines.empty()) << lines.front();
  EXPECT_EQ(text, "12");
  EXPECT_EQ(absent, "kept");
  EXPECT_TRUE(yes);
  EXPECT_EQ(count, -3);
  EXPECT_EQ(seed, ~std::uint64_t{0});
  EXPECT_EQ(weight, 1.5);
  EXPECT_EQ(timeout, 250ms);
  EXPECT_EQ(ratio, 0.05);
  EXPECT_EQ(percent, 0.05);
  EXPECT_EQ(rate, 0.5);
  EXPECT_EQ(bytes, 20480);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(color, Color::kBlue);
}

TEST(Fields, SaysWhatWasExpectedAndWhatStandsThere) {
  const auto duration = [](Fields& f) {
    Duration out{};
    EXPECT_FALSE(f.duration("a", out));
  };
  EXPECT_EQ(message("a: abc", duration),
            "x:1:4: error: a: expected a duration such as \"250ms\", got \"abc\"");
  EXPECT_EQ(message("a: 5", duration),
            "x:1:4: error: a: expected a duration such as \"250ms\", got 5; write 5s or 5ms");
  EXPECT_EQ(message("a: [1]", duration),
            "x:1:4: error: a: expected a duration such as \"250ms\", got a list");
  EXPECT_EQ(message("a: -1s", duration),
            "x:1:4: error: a: expected a duration that is not negative, got \"-1s\"");
  const auto port = [](Fields& f) {
    std::uint16_t out = 0;
    EXPECT_FALSE(f.integer("a", out, {.least = 1}));
  };
  EXPECT_EQ(message("a: 65536", port),
            "x:1:4: error: a: expected an integer from 1 to 65535, got 65536");
  EXPECT_EQ(message("a: '80'", port),
            "x:1:4: error: a: expected an integer from 1 to 65535, got \"80\"");
  EXPECT_EQ(message("a: 1.5", port),
            "x:1:4: error: a: expected an integer from 1 to 65535, got 1.5");
  const auto number = [](Fields& f) {
    double out = 0;
    EXPECT_FALSE(f.number("a", out, {.least = 0, .above = true}));
  };
  EXPECT_EQ(message("a: 0", number), "x:1:4: error: a: expected a number greater than 0, got 0");
  EXPECT_EQ(message("a: .inf", number),
            "x:1:4: error: a: expected a number greater than 0, got .inf");
  const auto ratio = [](Fields& f) {
    double out = 0;
    EXPECT_FALSE(f.ratio("a", out));
  };
  EXPECT_EQ(message("a: 101%", ratio),
            "x:1:4: error: a: expected a ratio from 0% to 100%, got \"101%\"");
  EXPECT_EQ(message("a: much", ratio),
            "x:1:4: error: a: expected a ratio such as 5% or 0.05, got \"much\"");
  const auto rate = [](Fields& f) {
    double out = 0;
    EXPECT_FALSE(f.rate("a", out));
  };
  EXPECT_EQ(message("a: 200", rate),
            "x:1:4: error: a: expected a rate such as 200/s or 10/m, got 200; write 200/s");
  EXPECT_EQ(message("a: 1/d", rate),
            "x:1:4: error: a: expected a rate such as 200/s or 10/m, got \"1/d\"");
  const auto boolean = [](Fields& f) {
    bool out = false;
    EXPECT_FALSE(f.boolean("a", out));
  };
  EXPECT_EQ(message("a: yes", boolean), "x:1:4: error: a: expected true or false, got \"yes\"");
  const auto size = [](Fields& f) {
    std::int64_t out = 0;
    EXPECT_FALSE(f.size("a", out));
  };
  EXPECT_EQ(message("a: 5Kb", size),
            "x:1:4: error: a: expected a size such as 512, 20Ki or 1Mi, got \"5Kb\"");
  const auto choice = [](Fields& f) {
    Color out{};
    EXPECT_FALSE(f.choice("a", out, {{"red", Color::kRed}, {"blue", Color::kBlue}}));
  };
  EXPECT_EQ(message("a: blu", choice),
            "x:1:4: error: a: expected one of red, blue, got \"blu\"; did you mean \"blue\"?");
  EXPECT_EQ(message("a: {}", choice),
            "x:1:4: error: a: expected one of red, blue, got an empty mapping");
}

TEST(Fields, LongOrOddValuesStayOnOneLine) {
  const auto boolean = [](Fields& f) {
    bool out = false;
    f.boolean("a", out);
  };
  EXPECT_EQ(message("a: \"x\\ny\"", boolean),
            "x:1:4: error: a: expected true or false, got \"x\\x0ay\"");
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\xc3\xa9";
  EXPECT_EQ(message("a: x" + accents, boolean),
            "x:1:4: error: a: expected true or false, got \"x" + accents.substr(0, 58) + "...\"");
}

TEST(Fields, UnknownFieldsSuggestTheNearest) {
  const auto read = [](Fields& f) {
    Duration timeout{};
    std::string name;
    f.duration("timeout", timeout);
    f.text("hostName", name);
  };
  EXPECT_EQ(message("timeuot: 1s", read),
            "x:1:1: error: timeuot: unknown field; did you mean \"timeout\"?");
  EXPECT_EQ(message("hostname: x", read),
            "x:1:1: error: hostname: unknown field; did you mean \"hostName\"?");
  EXPECT_EQ(message("colour: x", read),
            "x:1:1: error: colour: unknown field; the fields here are timeout, hostName");
}

TEST(Fields, PathsGoThroughObjectsListsAndMaps) {
  std::vector<std::string> paths;
  const auto lines = reading(
      "spec:\n  http:\n  - route: {weight: x}\n  - 5\n  labels: {a.b/c: 1}\n", [&](Fields& f) {
        f.object("spec", [&](Fields& spec) {
          spec.objects("http", [](Fields& http) {
            http.object("route", [](Fields& route) {
              int weight = 0;
              route.integer("weight", weight);
            });
          });
          spec.map("labels", [&](const std::string& key, const Value& v) {
            paths.push_back(key + '=' + v.path());
          });
        });
      });
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "x:3:21: error: spec.http[0].route.weight: expected an integer, got \"x\"",
                       "x:4:5: error: spec.http[1]: expected a mapping, got 5"}));
  EXPECT_EQ(paths, std::vector<std::string>{"a.b/c=spec.labels.a.b/c"});
}

TEST(Fields, RequiredAndExclusive) {
  EXPECT_EQ(message("b: 1",
                    [](Fields& f) {
                      f.accept({"b"});
                      EXPECT_FALSE(f.require("a"));
                    }),
            "x:1:1: error: a is missing");
  EXPECT_EQ(
      message("{a: 1, b: 2}", [](Fields& f) { EXPECT_EQ(f.exactly_one({"a", "b", "c"}), 0U); }),
      "x:1:8: error: b: excludes a; keep one of a, b, c");
  EXPECT_EQ(message("{a: null}", [](Fields& f) { EXPECT_FALSE(f.exactly_one({"a", "b"})); }),
            "x:1:1: error: one of a, b is missing");
}

TEST(Fields, WhatIsKnownButWithoutEffectIsSaid) {
  EXPECT_EQ(message("{a: 1, b: 2, c: null}",
                    [](Fields& f) {
                      f.accept({"a"});
                      f.not_honoured({"b", "c"});
                    }),
            "x:1:8: warning: b is not honoured by squall");
  EXPECT_EQ(message("a: 1", [](Fields& f) { f.unsupported({"a"}); }),
            "x:1:1: error: a is not supported by squall");
}

TEST(Fields, KubernetesTextsMustBeTexts) {
  const auto text = [](Fields& f) {
    std::string out;
    f.text("a", out);
  };
  EXPECT_EQ(message("a: 1.10", text, Dialect::kKubernetes),
            "x:1:4: error: a: expected a text, got 1.10; put it in quotes: \"1.10\"");
  EXPECT_TRUE(reading("a: '1.10'", text, Dialect::kKubernetes).empty());
  EXPECT_TRUE(reading("a: yes", text, Dialect::kKubernetes).empty());
}

TEST(Fields, EnvoyNamesMayBeSnakeOrCamelCase) {
  const auto read = [](Fields& f) {
    Duration out{};
    EXPECT_TRUE(f.duration("connect_timeout", out));
    EXPECT_EQ(out, 250ms);
    std::uint32_t n = 0;
    f.integer("max", n);
    EXPECT_EQ(n, 7U);
  };
  EXPECT_TRUE(reading("{connectTimeout: 0.25s, max: '7'}", read, Dialect::kEnvoy).empty());
  EXPECT_TRUE(reading("{connect_timeout: 0.250s, max: 7.0}", read, Dialect::kEnvoy).empty());
  EXPECT_EQ(
      message("{connect_timeout: 0.25s, connectTimeout: 1s, max: 7}", read, Dialect::kEnvoy),
      "x:1:26: error: connectTimeout: the same field as connect_timeout; keep one of the two");
  const auto duration = [](Fields& f) {
    Duration out{};
    f.duration("a", out);
  };
  EXPECT_EQ(message("a: 250ms", duration, Dialect::kEnvoy),
            "x:1:4: error: a: expected a duration such as \"0.25s\", got \"250ms\"; write 0.25s: "
            "Envoy's durations are in seconds");
  EXPECT_TRUE(message("a: 1m30s", duration, Dialect::kEnvoy)
                  .ends_with("; write 90s: Envoy's "
                             "durations are in seconds"));
  EXPECT_TRUE(message("a: 20ns", duration, Dialect::kEnvoy).contains("write 0.00000002s: "));
  EXPECT_TRUE(message("a: -5ms", duration, Dialect::kEnvoy).ends_with("got \"-5ms\""));
  EXPECT_EQ(reading("a: 0.0000000001s", duration, Dialect::kEnvoy).size(), 1U);
  EXPECT_EQ(reading("a: 99999999999999999999s", duration, Dialect::kEnvoy).size(), 1U);
}

TEST(Fields, APlaceThatIsNowhereIsLeftOut) {
  Node made;
  made.kind = Node::Kind::kMapping;
  made.members.push_back({"a", {}, {}});
  Diagnostics diagnostics;
  Fields f(made, "cluster", diagnostics);
  f.finish();
  EXPECT_EQ(to_string(diagnostics.sorted().front()),
            "error: cluster.a: unknown field; nothing can stand here");
}

}  // namespace
}  // namespace squall::config
