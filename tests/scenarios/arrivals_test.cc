#include "scenarios/arrivals.h"

#include <fstream>

#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

const std::vector<LoadOperation> kMix = {{.name = "browse"}, {.name = "buy now"}};
const std::vector<LoadOperation> kPlain = {{}};

std::vector<Arrival> read(const std::string& text, const std::vector<LoadOperation>& of = kMix) {
  Result<std::vector<Arrival>> found = parse_arrivals(text, "a.csv", of);
  EXPECT_TRUE(found.has_value()) << (found ? "" : lines_of(found.error()));
  return found ? *std::move(found) : std::vector<Arrival>{};
}

std::string wrong(const std::string& text, const std::vector<LoadOperation>& of = kMix) {
  const auto found = parse_arrivals(text, "a.csv", of);
  std::string out;
  if (found) return out;
  for (const Diagnostic& one : found.error().sorted()) out += to_string(one) + "\n";
  return out;
}

TEST(Arrivals, ALineIsARequest) {
  const auto all = read("at,operation,key\n0.25,browse,17\n0.25,buy now,1\n1.5,,\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].at, 250ms);
  EXPECT_EQ(all[0].operation, 0U);
  EXPECT_EQ(all[0].key, 16U);
  EXPECT_EQ(all[1].operation, 1U);
  EXPECT_EQ(all[1].key, 0U);
  EXPECT_EQ(all[2].at, 1500ms);
  EXPECT_EQ(all[2].operation, kNone);
  EXPECT_EQ(all[2].key, kNone);
}

TEST(Arrivals, ColumnsStandInAnyOrderAndMayBeMissing) {
  const auto all = read("key, at\r\n5, 3\r\n,4\r\n", kPlain);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at, 3s);
  EXPECT_EQ(all[0].key, 4U);
  EXPECT_EQ(all[1].key, kNone);
}

TEST(Arrivals, BlankLinesQuotesAndAMissingLastNewlineAreFine) {
  const auto all = read("\xef\xbb\xbf\n\"at\",\"operation\"\n\n \n\"1\" , \"buy now\"\n2,browse");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at, 1s);
  EXPECT_EQ(all[0].operation, 1U);
  EXPECT_EQ(all[1].at, 2s);
}

TEST(Arrivals, NineDecimalsCount) {
  const auto all = read("at\n0.1\n0.123456789\n0.1234567899\n31622400\n", kPlain);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].at, 100ms);
  EXPECT_EQ(all[1].at, Duration(123456789));
  EXPECT_EQ(all[2].at, Duration(123456789));
  EXPECT_EQ(all[3].at, std::chrono::hours(8784));
}

TEST(Arrivals, NoSecondsAreSaidWhereTheyStand) {
  for (const char* at :
       {"", "x", "-1", "1e3", "1.", ".5", "1s", "31622401", "99999999999999999999"})
    EXPECT_EQ(wrong("at\n" + std::string(at) + ",\n", kPlain).substr(0, 11), "a.csv:2:1: ") << at;
  EXPECT_EQ(wrong("key,at\n1, -1\n"),
            "a.csv:2:4: error: at: expected seconds such as 12.5, got \"-1\"\n");
}

TEST(Arrivals, LinesStandInOrder) {
  EXPECT_EQ(wrong("at\n2\n2\n1.5\n", kPlain),
            "a.csv:4:1: error: at: 1.5 is before the line above; write them in order\n");
}

TEST(Arrivals, AllThatIsWrongIsSaid) {
  EXPECT_EQ(wrong("at,operation,key\n1,brwse,0\n2,browse\nx,browse,10000001\n"),
            "a.csv:2:3: error: operation: \"brwse\" is none of the load's mix; did you mean "
            "\"browse\"?\n"
            "a.csv:2:9: error: key: expected an integer from 1 to 10000000, got \"0\"\n"
            "a.csv:3:1: error: 2 fields, where the first line names 3; write as many\n"
            "a.csv:4:1: error: at: expected seconds such as 12.5, got \"x\"\n"
            "a.csv:4:10: error: key: expected an integer from 1 to 10000000, got \"10000001\"\n");
}

TEST(Arrivals, ColumnsAreThoseThatThereAre) {
  EXPECT_EQ(
      wrong("at,user\n1,2\n"),
      "a.csv:1:4: error: \"user\" is no column of arrivals; the columns are at, operation and "
      "key, named in the first line\n");
  EXPECT_EQ(wrong("at,at\n1,2\n"), "a.csv:1:4: error: a second column at; keep one of the two\n");
  EXPECT_EQ(wrong("key\n1\n"),
            "a.csv:1:1: error: no column at; name the column of seconds from the start of the run "
            "at\n");
  EXPECT_EQ(wrong("at,operation\n1,a\n", kPlain),
            "a.csv:1:4: error: the load has no mix; give it one, or leave the column out\n");
}

TEST(Arrivals, AFileOfNothingIsAnError) {
  EXPECT_EQ(wrong(""), "a.csv: error: the file is empty; begin with a line that says at\n");
  EXPECT_EQ(wrong("at\n\n"),
            "a.csv: error: no arrival; write a line for each, below the names of the columns\n");
}

TEST(Arrivals, QuotesAreClosedAndFollowedByAComma) {
  EXPECT_EQ(wrong("at\n\"1\n", kPlain),
            "a.csv:2:1: error: a quote that is not closed; close it in its line\n");
  EXPECT_EQ(wrong("at\n\"1\"2\n", kPlain),
            "a.csv:2:4: error: text after a quote; have a comma between fields\n");
}

TEST(Arrivals, AFileIsReadUpToAHundredMistakes) {
  std::string text = "at\n";
  for (int i = 0; i < 1000; ++i) text += "x\n";
  const auto found = parse_arrivals(text, "a.csv", kPlain);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().all().size(), Diagnostics::kMost);
}

TEST(Arrivals, AFileStandsBesideTheScenario) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/arrivals_test.csv") << "at\n1\n2\n61\n";
  const auto read = [&](const std::string& file) {
    return read_scenario(
        "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  workloads: {app: {}}\n  load: [{name: "
        "x, from: outside, to: http://app/, trace: {file: " +
            file + "}}]\n",
        folder + "/s.yaml", {});
  };
  const auto good = read("arrivals_test.csv");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->loads[0].kind, Load::Kind::kTrace);
  EXPECT_EQ(good->loads[0].trace.size(), 3U);
  EXPECT_EQ(lines_of(good->warnings),
            "warning: spec.load[0].trace: 1 of 3 arrivals come when the load has ended, at 1m\n");
  const auto none = read("no_such.csv");
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(lines_of(none.error()).find("cannot be read: No such file"), std::string::npos);
}

}  // namespace
}  // namespace squall::scenarios
