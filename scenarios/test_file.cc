#include "scenarios/test_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "config/fields.h"
#include "scenarios/test_routes.h"
#include "scenarios/test_threshold.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr std::size_t kMostTests = 1000;
constexpr int kMostRuns = 100'000;
constexpr std::string_view kBegin = "begin with apiVersion: squall.dev/v1 and kind: Test";

/// One value for each name that `each` lists.
using Combination = std::vector<Setting>;

/// All combinations, the first name's values changing slowest.
std::vector<Combination> read_each(Fields& f) {
  std::vector<Combination> all(1);
  f.map("each", [&](const std::string& name, const Value& values) {
    if (!values.is_sequence()) return;
    std::vector<Setting> settings;
    for (std::size_t i = 0; i < values.node().items.size(); ++i) {
      const Value one = values.item(i);
      if (!one || !one.node().is_scalar()) {
        one.expected("a value of the parameter");
      } else {
        settings.push_back({.name = name, .value = one.node().text, .place = one.place()});
      }
    }
    if (values.node().items.empty()) values.error("lists no value", "write for example [35, 150]");
    if (settings.empty()) return;
    if (all.size() * settings.size() > kMostTests)
      return values.error("makes more than 1000 tests of one", "list fewer values");
    std::vector<Combination> longer;
    for (const Combination& one : all) {
      for (const Setting& setting : settings) longer.emplace_back(one).push_back(setting);
    }
    all = std::move(longer);
  });
  return all;
}

std::string name_of(const std::string& name, const Combination& values) {
  if (values.empty()) return name;
  std::vector<std::string> texts;
  for (const Setting& one : values) texts.push_back(fmt::format("{}={}", one.name, one.value));
  return fmt::format("{} [{}]", name, fmt::join(texts, ", "));
}

Node spec_with(std::string key, Node value) {
  Node spec;
  spec.kind = Node::Kind::kMapping;
  spec.place = value.place;
  const config::Place place = value.place;
  spec.members.push_back({std::move(key), place, std::move(value)});
  return spec;
}

/// What the test changes, without the values of `each`.
ReadOptions read_changes(Fields& f) {
  ReadOptions changes;
  if (const Value fragment = f["override"]; fragment.is_mapping())
    changes.overrides.push_back(fragment.node());
  f.list("patch", [&](const Value& one) {
    if (one.is_mapping()) changes.patches.push_back(one.node());
  });
  if (const Value expect = f["expect"]; expect.is_sequence())
    changes.overrides.push_back(spec_with("expect", expect.node()));
  return changes;
}

void read_test(Fields& f, int runs, TestFile& out) {
  Test test{.name = {},
            .place = f.value().place(),
            .runs = runs,
            .read = {},
            .routes = {},
            .threshold = {}};
  f.require("name");
  if (f.text("name", test.name) && test.name.empty())
    f["name"].error("is empty", "say what the test shows");
  f.integer("runs", test.runs, {.least = 1, .most = kMostRuns});
  test.read = read_changes(f);
  test.routes = read_routes(f, test.read.overrides);
  test.threshold = read_threshold(f, test.read.overrides);
  if (!test.routes.empty() && f["expect"])
    f["expect"].error("is of a run, and routes are looked up without one", "write two tests");
  if (!test.routes.empty() && f["runs"])
    f["runs"].error("is of a run, and routes are looked up without one", "leave it out");
  f.hide({"findings"});
  if (const Value value = f["findings"])
    value.error("cannot be checked by this version of squall", "leave the test out");
  const std::vector<Combination> combinations = read_each(f);
  if (out.tests.size() + combinations.size() > kMostTests)
    return f.value().error("is beyond 1000 tests in one file", "write another file");
  for (const Combination& values : combinations) {
    Test& one = out.tests.emplace_back(test);
    one.name = name_of(test.name, values);
    one.read.each = values;
  }
}

void read_spec(Fields& f, TestFile& out) {
  std::string scenario;
  f.require("scenario", "name the scenario's file, as seen from this one");
  f.text("scenario", scenario);
  out.scenario = (std::filesystem::path(out.file).parent_path() / scenario).string();
  int runs = 1;
  f.integer("runs", runs, {.least = 1, .most = kMostRuns});
  f.require("tests", "list at least one, as in - {name: holds as shipped}");
  std::unordered_set<std::string> names;
  f.objects("tests", [&](Fields& t) {
    const std::size_t first = out.tests.size();
    read_test(t, runs, out);
    for (std::size_t i = first; i < out.tests.size(); ++i) {
      if (!names.insert(out.tests[i].name).second && !out.tests[i].name.empty()) {
        t["name"].error(fmt::format("\"{}\" is the name of another test", out.tests[i].name),
                        "give each test its own name");
      }
    }
  });
}

/// A manifest or a scenario. What has no kind, or one of squall's that does not exist, may be a
/// test with a mistake.
bool is_of_another_kind(const Node& document) {
  const Node* version = document.find("apiVersion");
  const Node* kind = document.find("kind");
  if (version == nullptr || kind == nullptr || !kind->is_scalar()) return false;
  return kind->text == "Scenario" || (kind->text != "Test" && version->text != "squall.dev/v1");
}

Result<TestFile> read_all(const std::vector<Node>& documents, const std::string& file) {
  Diagnostics diagnostics;
  TestFile out;
  out.file = file;
  out.name = file == "-" ? "tests" : std::filesystem::path(file).stem().string();
  if (documents.size() != 1) {
    return std::unexpected(
        Diagnostics({file, 0, 0, Severity::kError,
                     documents.empty() ? "the file is empty" : "more than one document",
                     documents.empty() ? std::string(kBegin) : "write one Test a file"}));
  }
  if (!documents.empty() && is_of_another_kind(documents.front())) {
    const Node& kind = *documents.front().find("kind");
    const bool scenario = kind.text == "Scenario";
    return std::unexpected(Diagnostics(kind.diagnose(
        Severity::kError, fmt::format("kind: expected Test, got \"{}\"", kind.text),
        scenario ? "`squall run` takes a scenario, and a test's `scenario` names it"
                 : "`squall new --manifests PATH` drafts a scenario for Kubernetes manifests")));
  }
  Fields f(documents.front(), "", diagnostics);
  const auto says = [&](std::string_view name, std::string_view text) {
    const Value value = f[name];
    if (value && !(value.node().is_scalar() && value.node().text == text)) value.expected(text);
  };
  if (f.require("apiVersion", std::string(kBegin))) says("apiVersion", "squall.dev/v1");
  if (f.require("kind", std::string(kBegin))) says("kind", "Test");
  f.object("metadata", [&](Fields& m) {
    m.text("name", out.name);
    m.accept({"labels", "annotations"});
  });
  f.require("spec", "write spec: with scenario and tests");
  f.object("spec", [&](Fields& s) { read_spec(s, out); });
  f.finish();
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));
  return out;
}

}  // namespace

Result<TestFile> load_test_file(const std::string& path) {
  const Result<std::vector<Node>> documents = config::load_documents(path);
  if (!documents) return std::unexpected(documents.error());
  return read_all(*documents, path);
}

Result<std::optional<TestFile>> load_if_test_file(const std::string& path) {
  const Result<std::vector<Node>> documents = config::load_documents(path);
  if (!documents) return std::unexpected(documents.error());
  if (!documents->empty() && std::ranges::all_of(*documents, is_of_another_kind))
    return std::optional<TestFile>();
  Result<TestFile> read = read_all(*documents, path);
  if (!read) return std::unexpected(std::move(read.error()));
  return std::optional(*std::move(read));
}

Result<TestFile> read_test_file(std::string_view text, const std::string& file) {
  const Result<std::vector<Node>> documents = config::parse_documents(text, file);
  if (!documents) return std::unexpected(documents.error());
  return read_all(*documents, file);
}

Result<std::vector<std::string>> test_files_of(const std::string& path) {
  Result<std::vector<std::string>> files = config::files_of(path);
  const bool itself = files && files->size() == 1 && files->front() == path;
  if (!files || itself) return files;
  std::erase_if(*files, [](const std::string& file) {
    return !std::filesystem::path(file).stem().string().ends_with("_test");
  });
  if (files->empty()) {
    return std::unexpected(Diagnostics({path, 0, 0, Severity::kError, "the folder holds no test",
                                        "names of test files end in _test.yaml"}));
  }
  return files;
}

}  // namespace squall::scenarios
