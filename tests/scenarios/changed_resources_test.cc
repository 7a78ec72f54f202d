#include "scenarios/changed_resources.h"

#include <gtest/gtest.h>

#include <string>

#include "scenarios/reader.h"

namespace squall::scenarios {
namespace {

Scenario scenario(const std::string& spec, const std::string& manifests) {
  auto read =
      read_scenario("apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: s}\nspec: {" +
                        spec + "}\n" + manifests,
                    "s.yaml");
  EXPECT_TRUE(read);
  return read ? *std::move(read) : Scenario{};
}

std::string manifest(const std::string& kind, const std::string& name, const std::string& spec) {
  return "---\napiVersion: networking.istio.io/v1\nkind: " + kind + "\nmetadata: {name: " + name +
         "}\nspec: {" + spec + "}\n";
}

/// A line a resource, one a field.
std::string text_of(const Scenario& before, const Scenario& after) {
  std::string out;
  for (const auto& one : changed_resources(before, after)) {
    out += one.resource() + " " + one.change() + "\n";
    for (const auto& field : one.fields()) {
      out += "  " + field.path() + ": " + (field.has_before() ? field.before() : "none") + " -> " +
             (field.has_after() ? field.after() : "none") + "\n";
    }
  }
  return out;
}

TEST(ChangedResources, TellsAddedRemovedAndChangedOnes) {
  const auto before = scenario("", manifest("VirtualService", "a", "hosts: [a], n: 1") +
                                       manifest("DestinationRule", "a", "host: a") +
                                       manifest("VirtualService", "same", "hosts: [x]"));
  const auto after = scenario("", manifest("VirtualService", "a", "hosts: [a, b], m: {k: 2}") +
                                      manifest("VirtualService", "same", "hosts: [x]") +
                                      manifest("VirtualService", "new", "hosts: [y]"));
  EXPECT_EQ(text_of(before, after),
            "VirtualService default/a changed\n"
            "  spec.hosts[1]: none -> b\n"
            "  spec.n: 1 -> none\n"
            "  spec.m: none -> {k: 2}\n"
            "DestinationRule default/a removed\n"
            "VirtualService default/new added\n");
  EXPECT_EQ(text_of(before, before), "");
}

TEST(ChangedResources, NamedItemsAreMatchedByTheirNames) {
  const auto before = scenario("", manifest("X", "a", "l: [{name: p, v: 1}, {name: q, v: 2}]"));
  const auto after = scenario("", manifest("X", "a", "l: [{name: q, v: 3}, {name: r, v: 1}]"));
  EXPECT_EQ(text_of(before, after),
            "X default/a changed\n"
            "  spec.l[p]: {name: p, v: 1} -> none\n"
            "  spec.l[q].v: 2 -> 3\n"
            "  spec.l[r]: none -> {name: r, v: 1}\n");
}

TEST(ChangedResources, TheScenarioIsOneOfThem) {
  const auto before = scenario("workloads: {app: {replicas: 2}}", "");
  const auto after = scenario("workloads: {app: {replicas: 4}}, seed: 7", "");
  EXPECT_EQ(text_of(before, after),
            "Scenario s changed\n  spec.workloads.app.replicas: 2 -> 4\n  spec.seed: none -> 7\n");
}

TEST(ChangedResources, PlacesAreOfEachSide) {
  const auto before = scenario("", manifest("X", "a", "v: 1"));
  const auto after = scenario("seed: 1", "---\n# moved\n" + manifest("X", "a", "v: 2").substr(4));
  const auto changed = changed_resources(before, after);
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].before_file(), "s.yaml");
  EXPECT_EQ(changed[0].after_line(), changed[0].before_line() + 1);
}

TEST(ChangedResources, LongOnesAreCut) {
  std::string one, other;
  for (int i = 0; i < 130; ++i) {
    one += "a" + std::to_string(i) + ": 1, ";
    other += "a" + std::to_string(i) + ": 2, ";
  }
  const auto changed = changed_resources(scenario("", manifest("X", "a", one)),
                                         scenario("", manifest("X", "a", other)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].fields_size(), 100);
  EXPECT_EQ(changed[0].more_fields(), 30U);
  const std::string text(200, 'x');
  const auto cut = changed_resources(scenario("", manifest("X", "a", "t: " + text)),
                                     scenario("", manifest("X", "a", "t: y")));
  EXPECT_EQ(cut[0].fields(0).before(), text.substr(0, 80) + "...");
}

}  // namespace
}  // namespace squall::scenarios
