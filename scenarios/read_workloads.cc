#include <fmt/format.h>

#include <algorithm>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

/// latency, errors, calls; what is absent stays as it was.
void read_behaviour(Fields& f, Behaviour& out) {
  if (f["latency"]) {
    if (std::optional<Distribution> latency = read_distribution(f["latency"]))
      out.latency = *std::move(latency);
  }
  if (f["errors"]) {
    out.errors.clear();
    read_errors(f["errors"], out.errors);
  }
  if (f["calls"]) {
    out.calls.clear();
    read_steps(f["calls"], out.calls);
  }
}

std::string name_of(const RequestMatch& match) {
  std::string name = match.method;
  if (match.path) name += (name.empty() ? "" : " ") + match.path->text;
  return name;
}

void read_operations(Fields& f, Workload& out) {
  f.objects("operations", [&](Fields& o) {
    Operation operation;
    o.require("match", "say for which requests, as in match: {path: {prefix: /x}}");
    if (std::optional<RequestMatch> match = read_match(o["match"]))
      operation.match = *std::move(match);
    operation.name = name_of(operation.match);
    if (operation.name.empty())
      operation.name = fmt::format("operation-{}", out.operations.size() + 1);
    o.text("name", operation.name);
    operation.behaviour = out.behaviour;
    read_behaviour(o, operation.behaviour);
    out.operations.push_back(std::move(operation));
  });
}

}  // namespace

void cannot(const Value& value, std::string_view what, std::string advice) {
  value.diagnostics().add(value.node().diagnose(
      Severity::kError, fmt::format("\"{}\" cannot be simulated by this version of squall", what),
      std::move(advice)));
}

void cannot(Fields& fields, Fields::Names names, std::string_view advice) {
  fields.hide(names);
  if (!fields.value() || !fields.value().node().is_mapping()) return;
  for (const config::Node::Member& member : fields.value().node().members) {
    if (member.value.is_null() || std::find(names.begin(), names.end(), member.key) == names.end())
      continue;
    fields.value().diagnostics().add(
        {member.place.file ? *member.place.file : std::string(), member.place.line,
         member.place.column, Severity::kError,
         fmt::format("\"{}\" cannot be simulated by this version of squall", member.key),
         std::string(advice)});
  }
}

void read_error(Fields& f, ErrorSpec& out, bool ratio_required) {
  if (ratio_required) f.require("ratio");
  f.ratio("ratio", out.ratio);
  const bool grpc = read_answer(f, out.status, out.grpc);
  if (f.choice("in", out.in,
               {{"headers", ErrorSpec::In::kHeaders}, {"trailers", ErrorSpec::In::kTrailers}}) &&
      !grpc) {
    f["in"].error("is about a grpc-status", "write it beside grpc");
  }
}

namespace {

/// One answer after the other, over and over.
void read_sequence(Fields& f, ErrorSpec& out) {
  constexpr std::size_t kMost = 10'000;
  f.list("sequence", [&](const Value& one) {
    if (const auto status = one.integer({.least = 200, .most = 599}))
      out.sequence.push_back(static_cast<std::uint16_t>(*status));
  });
  const Value sequence = f["sequence"];
  if (sequence.node().is_sequence() && out.sequence.empty())
    sequence.expected("at least one status");
  if (out.sequence.size() > kMost)
    sequence.error(fmt::format("more than {} answers", kMost), "write fewer");
  for (const std::string_view other : {"ratio", "status", "grpc", "in", "latency"}) {
    if (f[other]) f[other].error("is of a share of the requests", "leave it out beside sequence");
  }
}

void read_share(Fields& f, ErrorSpec& out) {
  if (!f.value() || !f.value().node().is_mapping()) return;
  read_error(f, out, true);
  if (!f["latency"]) return;
  if (std::optional<Distribution> latency = read_distribution(f["latency"]))
    out.latency = *std::move(latency);
}

}  // namespace

void read_errors(const Value& value, std::vector<ErrorSpec>& out) {
  const auto one = [&](const Value& item) {
    Fields f(item);
    ErrorSpec error;
    f.has("sequence") ? read_sequence(f, error) : read_share(f, error);
    f.accept({"ratio", "status", "grpc", "in", "latency", "sequence"});
    f.finish();
    out.push_back(std::move(error));
  };
  if (value.node().is_mapping()) return one(value);
  if (!value.is_sequence()) return;
  double sum = 0;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    if (!value.item(i)) value.item(i).expected("a mapping");
    one(value.item(i));
    sum += out.back().ratio;
  }
  if (sum > 1 + 1e-9)
    value.error(fmt::format("the ratios add up to {:.6g}%", sum * 100),
                "each is a share of all requests: together at most 100%");
}

void read_workload(const config::Node::Member& member, const Value& value,
                   const std::filesystem::path& folder, std::vector<Workload>& out) {
  Workload workload;
  config::Node key;
  key.kind = config::Node::Kind::kScalar;
  key.text = member.key;
  key.place = member.place;
  if (const auto ref = read_ref(Value(&key, value.path(), value.diagnostics(), value.dialect())))
    workload.ref = *ref;
  workload.place = member.place;
  if (value) {
    Fields f(value);
    read_capacity(f, workload);
    read_behaviour(f, workload.behaviour);
    read_operations(f, workload);
    f.object("start", [&](Fields& s) { read_start(s, workload.start.emplace()); });
    read_addresses(f, workload.addresses);
    read_sidecar(f["sidecar"], folder, workload);
    f.finish();
  }
  out.push_back(std::move(workload));
}

}  // namespace squall::scenarios
