// Diagnostics: their text, their order, and which ones stay when there are too many.
#include "policies/base/result.h"

#include <gtest/gtest.h>

namespace squall {
namespace {

Diagnostic at(std::string file, int line, int column, std::string what,
              Severity severity = Severity::kError) {
  return {std::move(file), line, column, severity, std::move(what), ""};
}

TEST(Diagnostic, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(to_string(Diagnostic{"a.yaml", 3, 7, Severity::kError, "bad", "do good"}),
            "a.yaml:3:7: error: bad; do good");
  EXPECT_EQ(to_string(at("a.yaml", 3, 0, "bad")), "a.yaml:3: error: bad");
  EXPECT_EQ(to_string(at("a.yaml", 0, 0, "bad", Severity::kWarning)), "a.yaml: warning: bad");
  EXPECT_EQ(to_string(at("", 0, 0, "bad", Severity::kNote)), "note: bad");
}

TEST(Diagnostics, AreSortedByPlaceWithoutRepetitions) {
  Diagnostics list;
  list.add(at("b", 1, 1, "x"));
  list.add(at("a", 10, 1, "x"));
  list.add(at("a", 2, 5, "y"));
  list.add(at("a", 2, 5, "x"));
  list.add(at("a", 2, 5, "y"));
  list.add(at("a", 2, 4, "z", Severity::kWarning));
  std::string all;
  for (const Diagnostic& d : list.sorted()) all += to_string(d) + '\n';
  EXPECT_EQ(all,
            "a:2:4: warning: z\n"
            "a:2:5: error: x\n"
            "a:2:5: error: y\n"
            "a:10:1: error: x\n"
            "b:1:1: error: x\n");
}

TEST(Diagnostics, KeepErrorsBeforeWarningsWhenThereAreTooMany) {
  Diagnostics list;
  for (int i = 1; i <= 90; ++i) list.add(at("f", i, 1, "w", Severity::kWarning));
  EXPECT_FALSE(list.has_errors());
  for (int i = 1; i <= 60; ++i) list.add(at("f", 1000 + i, 1, "e"));
  EXPECT_TRUE(list.has_errors());
  const std::vector<Diagnostic> kept = list.sorted();
  ASSERT_EQ(kept.size(), Diagnostics::kMost);
  EXPECT_EQ(kept[39].line, 40);
  EXPECT_EQ(kept[40].line, 1001);
  EXPECT_EQ(kept.back().line, 1060);
}

TEST(Diagnostics, TakeInOthersAndThemselves) {
  Diagnostics list(at("f", 1, 1, "e"));
  list.add(Diagnostics(at("f", 2, 1, "e")));
  list.add(list);
  EXPECT_EQ(list.all().size(), 4U);
  EXPECT_EQ(list.sorted().size(), 2U);
}

TEST(Result, CarriesAValueOrWhatIsWrong) {
  const Result<int> good = 3;
  EXPECT_EQ(*good, 3);
  const Result<int> bad = error("x is 3", "x must be 4");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(to_string(bad.error().all().front()), "error: x is 3; x must be 4");
}

TEST(Diagnostic, AMessageIsOneLineWhateverAFileHolds) {
  Diagnostic one;
  one.what = "no \x1b[31mname\n";
  one.advice = "a\tb";
  EXPECT_EQ(to_string(one), "error: no \\x1b[31mname\\x0a; a\\x09b");
}

TEST(Diagnostic, ALongMessageIsCutBetweenCharacters) {
  Diagnostic one;
  one.what = std::string(999, 'x') + "\u00e9\u00e9\u00e9";
  EXPECT_EQ(to_string(one), "error: " + std::string(999, 'x') + "\u00e9...");
}

}  // namespace
}  // namespace squall
