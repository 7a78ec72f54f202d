#include "scenarios/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <utility>

#include "config/resources.h"
#include "scenarios/manifests.h"
#include "scenarios/merge.h"
#include "scenarios/parameters.h"
#include "scenarios/read_parts.h"
#include "scenarios/subjects.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr std::string_view kBegin = "begin with apiVersion: squall.dev/v1 and kind: Scenario";

bool says(const Node& document, std::string_view key, std::string_view text) {
  const Node* found = document.is_mapping() ? document.find(key) : nullptr;
  return found != nullptr && found->is_scalar() && found->text == text;
}

/// Which command takes what is no scenario.
std::string advice_for(const std::vector<Node>& documents) {
  const auto has = [&](std::string_view key, std::string_view text) {
    return std::ranges::any_of(documents, [&](const Node& one) { return says(one, key, text); });
  };
  if (has("kind", "Test")) return "`squall test` runs a file of tests";
  const bool manifests = std::ranges::any_of(documents, [](const Node& one) {
    return one.is_mapping() && one.find("kind") != nullptr && one.find("metadata") != nullptr &&
           !says(one, "apiVersion", "squall.dev/v1");
  });
  if (manifests) return "`squall new --manifests PATH` drafts one for Kubernetes manifests";
  return std::string(kBegin);
}

/// Takes the one Scenario out of a file's documents; none after reporting.
std::optional<Node> take_scenario(std::vector<Node>& documents, const std::string& file,
                                  Diagnostics& diagnostics) {
  std::optional<Node> scenario;
  std::erase_if(documents, [&](Node& document) {
    if (!says(document, "kind", "Scenario")) return false;
    if (scenario) {
      diagnostics.add(
          document.diagnose(Severity::kError, "a second Scenario", "write one scenario a file"));
    } else {
      scenario = std::move(document);
    }
    return true;
  });
  if (!scenario) {
    const Diagnostic nowhere{file, 0, 0, Severity::kError, {}, {}};
    Diagnostic one = documents.empty() ? nowhere : documents.front().diagnose(Severity::kError, {});
    one.what = documents.empty() ? "the file is empty" : "no document of kind Scenario";
    one.advice = advice_for(documents);
    diagnostics.add(std::move(one));
  }
  return scenario;
}

void read_mesh(Fields& f, Mesh& out) {
  f.boolean("injection", out.injection);
  f.choice("mode", out.ambient, {{"sidecar", false}, {"ambient", true}});
  if (f["istio"] && f["istio"].node().text != "1.31") {
    cannot(f["istio"], fmt::format("istio: {}", f["istio"].node().text), "write \"1.31\"");
  }
  f.object("push", [&](Fields& p) {
    p.require("delay");
    if (std::optional<Distribution> delay = read_distribution(p["delay"]))
      out.push_delay = *std::move(delay);
  });
  f.object("certificates", [&](Fields& c) {
    c.duration("lifetime", out.certificate_lifetime, {.least = 1min, .most = kLongest});
  });
  f.object("sidecar", [&](Fields& s) {
    out.sidecar.place = f["sidecar"].place();
    read_sidecar_cost(s, out.sidecar);
  });
}

/// The place of a column of an expectation's text.
Diagnostic placed(const Diagnostic& mistake, const Node& scalar) {
  Diagnostic one = scalar.diagnose(mistake.severity, mistake.what, mistake.advice);
  if (one.line > 0) one.column += mistake.column - 1 + (scalar.quoted ? 1 : 0);
  return one;
}

/// Of requests of loads, at their arrival: after the load's end there are none.
bool counts_arrivals(const reports::Query& query) {
  return subject_of(query) == Subject::kLoads && query.metric != reports::Metric::kGoodput &&
         query.metric != reports::Metric::kThroughput;
}

void check_window(const Expectation& expectation, const Scenario& scenario, const Value& value) {
  for (const Figure& figure : expectation.figures) {
    const auto& [from, to] = std::pair(figure.query.from, figure.query.to);
    if (from >= Instant(scenario.duration + kDrain)) {
      value.error(fmt::format("the window from {} to {} is outside of the run",
                              to_string(from.time_since_epoch()), to_string(to.time_since_epoch())),
                  fmt::format("the load ends at {}", to_string(scenario.duration)));
      return;
    }
    if (from >= Instant(scenario.duration)) {
      value.warning(fmt::format("{} begins when the load has ended, at {}", figure.text,
                                to_string(scenario.duration)));
    } else if (to > Instant(scenario.duration) && counts_arrivals(figure.query)) {
      value.warning(fmt::format("{} goes on after the load's end, at {}: nothing is sent any more",
                                figure.text, to_string(scenario.duration)));
    }
  }
}

/// What the load, the faults and the changes say of time.
Window window_of(const Scenario& scenario) {
  Window window{.from = Instant(scenario.warmup), .to = Instant(scenario.duration)};
  for (const Fault& fault : scenario.faults) {
    const Instant begin(fault.at);
    const std::optional<Duration> lasts = fault.lasts ? fault.lasts : fault.restart_after;
    Instant end = lasts ? std::min(begin + *lasts, window.to) : window.to;
    if (fault.kind == Fault::Kind::kDropConnections || fault.kind == Fault::Kind::kFlush)
      end = begin;
    window.first_fault = std::min(window.first_fault.value_or(begin), begin);
    window.last_fault_end = std::max(window.last_fault_end.value_or(end), end);
  }
  for (const Change& change : scenario.changes) {
    const Instant at(change.at);
    window.first_fault = std::min(window.first_fault.value_or(at), at);
    window.last_fault_end = std::max(window.last_fault_end.value_or(at), at);
  }
  return window;
}

/// In which every function has the time that it needs.
constexpr Window kAnyWindow{.from = Instant(),
                            .to = Instant(24h),
                            .first_fault = Instant(8h),
                            .last_fault_end = Instant(12h)};

/// The text's first mistake, where it stands in the file.
void report_mistake(const Diagnostics& mistakes, const Value& value, const Node& text,
                    std::string_view path) {
  for (const Diagnostic& mistake : mistakes.all()) {
    value.diagnostics().add(placed({{},
                                    1,
                                    mistake.column,
                                    mistake.severity,
                                    fmt::format("{}: {}", path, mistake.what),
                                    mistake.advice},
                                   text));
  }
}

/// `in`: a share of the runs.
std::optional<RunShare> read_share(const Value& in) {
  if (!in) return std::nullopt;
  if (!in.node().is_scalar()) {
    in.expected("a share of the runs such as \">= 95%\"");
    return std::nullopt;
  }
  const Result<RunShare> share = parse_run_share(in.node().text);
  if (share) return *share;
  report_mistake(share.error(), in, in.node(), in.path());
  return std::nullopt;
}

/// `sound`: the load and the faults are as they are meant.
void read_expectation(const Value& value, bool sound, Scenario& out) {
  const Node* text = value ? &value.node() : nullptr;
  std::string path = value.path();
  std::optional<RunShare> share;
  if (text != nullptr && text->is_mapping()) {
    Fields f(value);
    f.require("expr");
    share = read_share(f["in"]);
    text = f["expr"] ? &f["expr"].node() : nullptr;
    path = f["expr"].path();
    f.finish();
    if (text == nullptr) return;
  }
  if (text == nullptr || !text->is_scalar())
    return value.expected("an expectation such as success{load=\"x\"} >= 99%");
  Result<Expectation> expectation =
      parse_expectation(text->text, sound ? window_of(out) : kAnyWindow);
  if (!expectation) return report_mistake(expectation.error(), value, *text, path);
  expectation->place = text->place;
  expectation->path = path;
  expectation->share = share;
  if (sound) check_window(*expectation, out, value);
  out.expectations.push_back(*std::move(expectation));
}

void read_clock(Fields& f, Scenario& out) {
  f.integer("seed", out.seed);
  f.duration("warmup", out.warmup, kDurations);
  f.duration("duration", out.duration, kPositive);
  if (out.warmup < out.duration) return;
  const Value at = f["warmup"];
  const std::string what = fmt::format("a warm-up of {} leaves nothing of a duration of {}",
                                       to_string(out.warmup), to_string(out.duration));
  (at ? at : f["duration"]).error(what, "the duration includes the warm-up");
  out.duration = out.warmup + Duration(1);
}

/// Of a trace, what comes when its load has ended.
void warn_of_late(const Load& load, Duration end, const Value& trace) {
  const auto late = std::ranges::lower_bound(load.trace, end, {}, &Arrival::at);
  if (late == load.trace.end()) return;
  trace.warning(fmt::format("{} of {} arrivals come when the load has ended, at {}",
                            load.trace.end() - late, load.trace.size(), to_string(end)));
}

void read_spec(Fields& f, Scenario& out) {
  f.accept({"parameters", "manifests"});
  read_clock(f, out);
  const std::filesystem::path folder = std::filesystem::path(out.file).parent_path();
  f.object("mesh", [&](Fields& m) { read_mesh(m, out.mesh); });
  f.object("network", [&](Fields& n) { read_network(n, out.network); });
  if (const Value all = f["workloads"]; all.is_mapping()) {
    for (const Node::Member& one : all.node().members)
      read_workload(one, all.member(one), folder, out.workloads);
  }
  std::unordered_set<std::string> names;
  f.objects("load", [&](Fields& l) {
    read_load(l, folder, out.loads);
    warn_of_late(out.loads.back(), out.duration, l["trace"]);
    const std::string& name = out.loads.back().name;
    if (name.empty() || names.insert(name).second) return;
    l["name"].error(fmt::format("\"{}\" is the name of another load", name),
                    "give each load its own name");
  });
  f.objects("faults", [&](Fields& x) {
    read_fault(x, out.faults);
    if (out.faults.back().at >= out.duration) x.value().warning("begins when the load has ended");
  });
  f.objects("changes", [&](Fields& c) {
    read_change(c, folder, out.changes);
    if (out.changes.back().at >= out.duration) c.value().warning("comes when the load has ended");
  });
  // Windows that come of mistakes above would be mistakes that nobody made.
  const bool sound = !f.value().diagnostics().has_errors();
  f.list("expect", [&](const Value& value) { read_expectation(value, sound, out); });
}

void read_document(const Node& document, Scenario& out, Diagnostics& diagnostics) {
  Fields f(document, "", diagnostics);
  if (f.require("apiVersion", std::string(kBegin)) &&
      !says(document, "apiVersion", "squall.dev/v1")) {
    f["apiVersion"].expected("squall.dev/v1");
  }
  f.accept({"apiVersion", "kind"});
  f.object("metadata", [&](Fields& m) {
    m.text("name", out.name);
    m.accept({"labels", "annotations"});
  });
  f.require("spec", "write spec: with workloads and load");
  f.object("spec", [&](Fields& s) { read_spec(s, out); });
  f.finish();
}

void merge_spec(Node& scenario, const Node& fragment, Diagnostics& diagnostics) {
  Node* spec = scenario.find("spec");
  if (spec == nullptr || !spec->is_mapping()) return;  // which is said when it is read
  merge(*spec, fragment, diagnostics);
}

/// Those of spec.manifests, then those of the file itself, then those of the command line.
void gather_manifests(const Node& scenario, std::vector<Node> own, const ReadOptions& options,
                      Scenario& out, Diagnostics& diagnostics) {
  Manifests manifests;
  const Node* spec = scenario.find("spec");
  const Node* list = spec == nullptr ? nullptr : spec->find("manifests");
  const std::filesystem::path folder = std::filesystem::path(out.file).parent_path();
  if (list != nullptr) {
    const Value value(list, "spec.manifests", diagnostics, config::Dialect::kSquall);
    for (std::size_t i = 0; value.is_sequence() && i < list->items.size(); ++i)
      manifests.add_listed(value.item(i), folder);
  }
  manifests.add(std::move(own), diagnostics);
  for (const std::string& path : options.manifests) manifests.replace_path(path, diagnostics);
  for (const std::vector<Node>& source : options.documents) manifests.replace(source, diagnostics);
  out.manifests = std::move(manifests).take();
}

Result<Scenario> read_all(std::vector<Node> documents, const std::string& file,
                          const ReadOptions& options) {
  Diagnostics diagnostics;
  Scenario out;
  out.file = file;
  out.name = file == "-" ? "scenario" : std::filesystem::path(file).stem().string();
  std::optional<Node> scenario = take_scenario(documents, file, diagnostics);
  if (!scenario) return std::unexpected(std::move(diagnostics));
  for (const Node& fragment : options.overrides) merge_spec(*scenario, fragment, diagnostics);
  for (const std::string& set : options.sets) set_field(*scenario, set, diagnostics);
  for (const Setting& one : options.each) set_field(*scenario, one, diagnostics);
  const Parameters parameters(*scenario, diagnostics);
  std::vector<Node> patches = options.patches;
  if (!parameters.empty()) {
    parameters.substitute(*scenario, diagnostics);
    for (Node& document : documents) parameters.substitute(document, diagnostics);
    for (Node& one : patches) parameters.substitute(one, diagnostics);
  }
  if (diagnostics.has_errors())
    return std::unexpected(std::move(diagnostics));  // the rest would be their echo
  gather_manifests(*scenario, std::move(documents), options, out, diagnostics);
  for (const Node& one : patches) patch(out.manifests, one, diagnostics);
  read_document(*scenario, out, diagnostics);
  check_references(out, diagnostics);
  if (diagnostics.has_errors()) {
    // What is wrong with the manifests is said with it; else they are read when they are compiled.
    config::Resources resources;
    resources.add(out.manifests, diagnostics);
    return std::unexpected(std::move(diagnostics));
  }
  if (out.loads.empty())
    diagnostics.add(
        scenario->diagnose(Severity::kWarning, "no load: nothing will happen", "add spec.load"));
  out.warnings = std::move(diagnostics);
  out.document = *std::move(scenario);
  return out;
}

}  // namespace

Result<Scenario> load_scenario(const std::string& path, const ReadOptions& options) {
  Result<std::vector<Node>> documents = config::load_documents(path);
  if (!documents) return std::unexpected(std::move(documents.error()));
  return read_all(*std::move(documents), path, options);
}

Result<Scenario> read_scenario(std::string_view text, const std::string& file,
                               const ReadOptions& options) {
  Result<std::vector<Node>> documents = config::parse_documents(text, file);
  if (!documents) return std::unexpected(std::move(documents.error()));
  return read_all(*std::move(documents), file, options);
}

}  // namespace squall::scenarios
