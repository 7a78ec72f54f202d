#include "scenarios/manifests.h"

#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

std::vector<config::Node> parse(const std::string& text) {
  auto documents = config::parse_documents(text, "m.yaml");
  EXPECT_TRUE(documents);
  return documents ? *std::move(documents) : std::vector<config::Node>{};
}

const std::string kService =
    "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, n: ";

TEST(Manifests, ALaterSourceReplacesInPlaceAndInSilence) {
  Diagnostics problems;
  Manifests manifests;
  manifests.add(
      parse(kService + "1}\n---\n{apiVersion: v1, kind: Service, metadata: {name: b}, n: 2}\n"),
      problems);
  manifests.add(parse(kService + "3}\n"), problems);
  EXPECT_TRUE(problems.empty());
  const std::vector<config::Node> all = std::move(manifests).take();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].find("n")->text, "3");
  EXPECT_EQ(all[1].find("n")->text, "2");
}

TEST(Manifests, TwiceInOneSourceIsAWarning) {
  Diagnostics problems;
  Manifests manifests;
  manifests.add(parse(kService + "1}\n---\n" + kService + "2}\n"), problems);
  EXPECT_EQ(lines_of(problems), "warning: Service shop/api stands twice; this one counts\n");
}

TEST(Manifests, GroupKindNamespaceAndNameTellObjectsApart) {
  Diagnostics problems;
  Manifests manifests;
  for (const char* one :
       {"apiVersion: v1, kind: Service, metadata: {name: a}",
        "apiVersion: v1, kind: Service, metadata: {name: a, namespace: n}",
        "apiVersion: v1, kind: Pod, metadata: {name: a}",
        "apiVersion: x.io/v1, kind: Service, metadata: {name: a}",
        "apiVersion: x.io/v2, kind: Service, metadata: {name: a}",  // the same: only its version
                                                                    // differs
        "apiVersion: v1, kind: Service, metadata: {name: a, namespace: default}"}) {  // the first
    manifests.add(parse(std::string("{") + one + "}\n"), problems);
  }
  EXPECT_EQ(std::move(manifests).take().size(), 4U);
}

TEST(Manifests, ListsAreTakenApartAndScenariosLeftOut) {
  Diagnostics problems;
  Manifests manifests;
  manifests.add(parse("{apiVersion: v1, kind: List, items: [" + kService +
                      "1}, {apiVersion: v1, kind: Pod, metadata: {name: p}}]}\n"
                      "---\n{apiVersion: squall.dev/v1, kind: Scenario}\n"),
                problems);
  EXPECT_EQ(std::move(manifests).take().size(), 2U);
}

TEST(Manifests, APathThatIsNotThereIsAnError) {
  Diagnostics problems;
  Manifests manifests;
  manifests.replace_path("/nowhere/at/all", problems);
  EXPECT_EQ(lines_of(problems), "error: there is no such file or folder\n");
}

TEST(Manifests, OneThatMissesWhatItIsToReplaceByItsNamespaceIsRemarked) {
  const auto warnings = [](const std::string& replacement) {
    Diagnostics problems;
    Manifests manifests;
    manifests.add(
        parse(kService +
              "1}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: aside}}"),
        problems);
    manifests.replace(parse(replacement), problems);
    return lines_of(problems);
  };
  const std::string begin = "{apiVersion: v1, kind: Service, metadata: {name: api";
  EXPECT_EQ(warnings(begin + "}}"),
            "warning: Service default/api replaces nothing: the one that there is stands "
            "in namespace shop; did you mean metadata.namespace: shop?\n");
  EXPECT_NE(warnings(begin + ", namespace: shp}}"), "");
  EXPECT_EQ(warnings(begin + ", namespace: shop}}"), "");
  EXPECT_EQ(warnings(begin + ", namespace: aside}}"), "");  // where others are, too
  EXPECT_EQ(warnings("{apiVersion: v1, kind: Service, metadata: {name: other}}"), "");
}

}  // namespace
}  // namespace squall::scenarios
