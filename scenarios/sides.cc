#include "scenarios/sides.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "config/fields.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;

bool is_scenario(const Node& document) {
  const Node* kind = document.is_mapping() ? document.find("kind") : nullptr;
  return kind != nullptr && kind->is_scalar() && kind->text == "Scenario";
}

void read_fragment(const Node& document, ReadOptions& out, Diagnostics& diagnostics) {
  Fields f(document, "", diagnostics);
  const config::Value version = f["apiVersion"];
  if (!f.require("apiVersion", "write apiVersion: squall.dev/v1") || !version.node().is_scalar() ||
      version.node().text != "squall.dev/v1") {
    if (version) version.expected("squall.dev/v1");
  }
  f.accept({"kind", "metadata"});
  f.require("spec", "write what is to be different of the scenario's spec");
  if (const config::Value spec = f["spec"]; spec && spec.is_mapping())
    out.overrides.push_back(spec.node());
  f.finish();
}

void read_file(const std::string& file, std::vector<Node>& manifests, ReadOptions& out,
               Diagnostics& diagnostics) {
  Result<std::vector<Node>> documents = config::load_documents(file);
  if (!documents) return diagnostics.add(documents.error());
  for (Node& document : *documents) {
    if (is_scenario(document)) {
      read_fragment(document, out, diagnostics);
    } else {
      manifests.push_back(std::move(document));
    }
  }
}

bool operator==(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.file, a.line, a.column, a.severity, a.what, a.advice) ==
         std::tie(b.file, b.line, b.column, b.severity, b.what, b.advice);
}

bool has(const Diagnostics& all, const Diagnostic& one) {
  return std::ranges::any_of(all.all(), [&](const Diagnostic& other) { return other == one; });
}

}  // namespace

Result<ReadOptions> read_side(const ReadOptions& shared, std::span<const std::string> paths) {
  ReadOptions out = shared;
  Diagnostics diagnostics;
  for (const std::string& path : paths) {
    const Result<std::vector<std::string>> files = config::files_of(path);
    if (!files) {
      diagnostics.add(files.error());
      continue;
    }
    std::vector<Node> manifests;
    for (const std::string& file : *files) read_file(file, manifests, out, diagnostics);
    out.documents.push_back(std::move(manifests));
  }
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));
  return out;
}

Diagnostics of_sides(const Diagnostics& before, const Diagnostics& after) {
  Diagnostics out;
  const auto add = [&](const Diagnostics& own, const Diagnostics& other, std::string_view side) {
    for (Diagnostic one : own.all()) {
      if (!has(other, one)) one.what = fmt::format("{}: {}", side, one.what);
      out.add(std::move(one));
    }
  };
  add(before, after, "before");
  add(after, before, "after");
  return out;
}

}  // namespace squall::scenarios
