#include "scenarios/subjects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace squall::scenarios {
namespace {

using reports::Metric;
using Labels = std::vector<std::pair<std::string, std::string>>;

reports::Query asked(Metric metric, Labels labels) {
  return {.metric = metric, .labels = std::move(labels)};
}

std::string mistake(Metric metric, Labels labels) {
  const auto found = label_mistake(asked(metric, std::move(labels)));
  return found ? found->what + "; " + found->advice : "none";
}

TEST(Subjects, LabelsSayWhoseFigureItIs) {
  const auto of = [](Metric metric, const char* key) {
    return subject_of(asked(metric, {{key, "x"}}));
  };
  EXPECT_EQ(of(Metric::kRequests, "load"), Subject::kLoads);
  EXPECT_EQ(of(Metric::kRequests, "from"), Subject::kCalls);
  EXPECT_EQ(of(Metric::kRequests, "to"), Subject::kCalls);
  EXPECT_EQ(of(Metric::kRequests, "subset"), Subject::kCalls);
  EXPECT_EQ(of(Metric::kRequests, "workload"), Subject::kWorkloads);
  EXPECT_EQ(of(Metric::kRequests, "pod"), Subject::kWorkloads);
  EXPECT_EQ(subject_of(asked(Metric::kRequests, {{"to", "x"}, {"load", "y"}})), Subject::kLoads);
}

TEST(Subjects, AMetricByItselfIsOfLoadsOfCallsOrOfWorkloads) {
  const auto of = [](Metric metric) { return subject_of(asked(metric, {})); };
  for (const Metric metric : {Metric::kRequests, Metric::kRate, Metric::kSuccess, Metric::kGoodput,
                              Metric::kThroughput, Metric::kP99}) {
    EXPECT_EQ(of(metric), Subject::kLoads) << reports::name_of(metric);
  }
  for (const Metric metric : {Metric::kAttempts, Metric::kRetries, Metric::kDuplicates,
                              Metric::kEjections, Metric::kConnectionsOpened, Metric::kOverflows}) {
    EXPECT_EQ(of(metric), Subject::kCalls) << reports::name_of(metric);
  }
  for (const Metric metric : {Metric::kUtilization, Metric::kReady, Metric::kShed,
                              Metric::kRestarts, Metric::kScaleIns}) {
    EXPECT_EQ(of(metric), Subject::kWorkloads) << reports::name_of(metric);
  }
}

/// What docs/scenario_format.md says of each metric; every other label is refused.
TEST(Subjects, EachMetricHasTheLabelsOfItsSubjectsAndNoOthers) {
  using Keys = std::set<std::string>;
  const std::map<Metric, std::array<Keys, 3>> table = {
      {Metric::kP99,
       {Keys{"to", "subset", "operation", "code", "flag"}, Keys{"to", "subset", "code", "flag"},
        Keys{"pod", "zone", "operation"}}},
      {Metric::kRequests,
       {Keys{"to", "subset", "operation", "code", "flag"}, Keys{"to", "subset", "code", "flag"},
        Keys{"pod", "zone", "operation"}}},
      {Metric::kThroughput,
       {Keys{"to", "subset", "operation", "code", "flag"},
        Keys{"to", "subset", "code", "flag"},
        {}}},
      {Metric::kSuccess, {Keys{"to", "subset", "operation"}, Keys{"to", "subset"}, {}}},
      {Metric::kGoodput, {Keys{"to", "subset", "operation"}, Keys{"to", "subset"}, {}}},
      {Metric::kAttempts,
       {Keys{"to", "subset", "operation"}, Keys{"to", "subset"}, Keys{"pod", "zone"}}},
      {Metric::kRetries, {Keys{"to", "subset", "operation"}, Keys{"to", "subset"}, {}}},
      {Metric::kDuplicates, {Keys{}, Keys{"to", "subset"}, {}}},
      {Metric::kEjections, {Keys{}, Keys{"to", "subset", "cause"}, Keys{"pod", "zone", "cause"}}},
      {Metric::kConnectionsOpened, {Keys{}, Keys{"to", "subset"}, {}}},
      {Metric::kOverflows, {Keys{}, Keys{"to", "subset"}, {}}},
      {Metric::kUtilization, {Keys{}, Keys{}, Keys{"pod", "zone"}}},
      {Metric::kReady, {Keys{}, Keys{}, Keys{"pod", "zone"}}},
      {Metric::kShed, {Keys{}, Keys{}, Keys{"pod", "zone"}}},
      {Metric::kScaleIns, {Keys{}, Keys{}, Keys{"pod", "zone"}}},
      {Metric::kRestarts, {Keys{}, Keys{}, Keys{"pod", "zone"}}}};
  const std::array<std::string, 3> subjects = {"load", "from", "workload"};
  const std::map<std::string, std::string> values = {
      {"code", "503"}, {"flag", "UO"}, {"cause", "success_rate"}};
  for (const auto& [metric, keys] : table) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      for (const char* key :
           {"to", "subset", "pod", "zone", "code", "flag", "cause", "operation"}) {
        // A pod beside `from` makes it a question of workloads, which have no `from`.
        const auto value = values.contains(key) ? values.at(key) : "x";
        const bool good = mistake(metric, {{subjects[i], "x"}, {key, value}}) == "none";
        EXPECT_EQ(good, keys[i].contains(key))
            << reports::name_of(metric) << " " << subjects[i] << " " << key;
      }
    }
  }
}

TEST(Subjects, SubjectsThatAMetricDoesNotHaveAreRefused) {
  EXPECT_EQ(mistake(Metric::kDuplicates, {{"load", "x"}}), "none");
  EXPECT_EQ(mistake(Metric::kEjections, {{"load", "x"}}),
            "there is no \"ejections\" of loads; choose from ejections{from, to, subset, cause} or "
            "ejections{workload, pod, zone, cause}");
  EXPECT_EQ(mistake(Metric::kShed, {{"to", "x"}}),
            "there is no \"shed\" of calls; choose from shed{workload, pod, zone}");
  EXPECT_EQ(
      mistake(Metric::kGoodput, {{"workload", "x"}}),
      "there is no \"goodput\" of workloads; choose from goodput{load, to, subset, operation} or "
      "goodput{from, to, subset}");
}

TEST(Subjects, AMistakeIsOfOneLabel) {
  const auto found = label_mistake(asked(Metric::kAttempts, {{"from", "web"}, {"pod", "app-0"}}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->label, 0U);
  EXPECT_FALSE(found->of_value);
  EXPECT_EQ(found->what, "\"attempts\" of workloads has no label \"from\"");
  const auto value = label_mistake(asked(Metric::kRequests, {{"load", "x"}, {"code", "5xx"}}));
  ASSERT_TRUE(value);
  EXPECT_EQ(value->label, 1U);
  EXPECT_TRUE(value->of_value);
}

TEST(Subjects, ACodeIsAWholeStatus) {
  for (const char* code : {"100", "200", "503", "599"})
    EXPECT_EQ(mistake(Metric::kRequests, {{"code", code}}), "none");
  for (const char* code : {"5xx", "0", "99", "600", "0503", "503 ", "-503", "5e2", "50"})
    EXPECT_NE(mistake(Metric::kRequests, {{"code", code}}), "none") << code;
}

TEST(Subjects, FlagsAndCausesAreEnvoys) {
  EXPECT_EQ(mistake(Metric::kRequests, {{"flag", "URX"}}), "none");
  for (const char* flag : {"ZZ", "-", "uo", "URX,UF"})
    EXPECT_NE(mistake(Metric::kRequests, {{"flag", flag}}), "none") << flag;
  EXPECT_EQ(mistake(Metric::kEjections, {{"cause", "success_rate"}}), "none");
  EXPECT_EQ(mistake(Metric::kEjections, {{"cause", "succes_rate"}}),
            "cause=\"succes_rate\" is no cause of an ejection; did you mean \"success_rate\"?");
}

TEST(Subjects, EveryMetricIsOfSomething) {
  EXPECT_EQ(metric_names().size(), reports::kMetrics);
  for (std::size_t i = 0; i < reports::kMetrics; ++i)
    EXPECT_EQ(mistake(static_cast<Metric>(i), {}), "none") << metric_names()[i];
}

}  // namespace
}  // namespace squall::scenarios
