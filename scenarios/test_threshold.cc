#include "scenarios/test_threshold.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr std::string_view kEnds = "the least and the most, as in [20, 200]";
constexpr std::string_view kMostRuns = ">= 95%";
constexpr double kLeast = 0.001, kMost = 1e9;

struct Quantity {
  double number = 0;
  std::string_view unit;
  bool whole = false;  // without a unit
};

/// `200`, `1.5s`, `30/s`, `5%`; none of `1m30s`.
std::optional<Quantity> quantity_of(std::string_view text) {
  Quantity out;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), out.number, std::chars_format::fixed);
  if (code != std::errc{} || !(out.number >= kLeast && out.number <= kMost)) return std::nullopt;
  const auto digits = static_cast<std::size_t>(end - text.data());
  out.unit = text.substr(digits);
  if (out.unit.find_first_of("0123456789") != std::string_view::npos) return std::nullopt;
  out.whole = out.unit.empty() && !text.contains('.');
  return out;
}

void read_ends(const Value& ends, ThresholdSearch& out) {
  if (!ends || !ends.is_sequence()) return;
  if (ends.node().items.size() != 2) return ends.error("has not two values", "write [20, 200]");
  std::array<std::optional<Quantity>, 2> both;
  for (std::size_t i = 0; i < 2; ++i) {
    const Value end = ends.item(i);
    if (end && end.node().is_scalar()) both[i] = quantity_of(end.node().text);
    if (!both[i])
      return end.expected("a number of 0.001 to 1000000000, with a unit or without",
                          std::string(kEnds));
  }
  if (both[0]->unit != both[1]->unit)
    return ends.error("has two units", "write both in one, as in [50ms, 2000ms]");
  if (both[0]->number >= both[1]->number)
    return ends.error("begins where it ends or above", "write " + std::string(kEnds));
  out.least = both[0]->number;
  out.most = both[1]->number;
  out.unit = both[0]->unit;
  out.whole = both[0]->whole && both[1]->whole;
}

Node scalar(std::string_view text, const config::Place& place) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = text;
  node.place = place;
  return node;
}

Node mapping(std::string key, Node value) {
  Node node;
  node.kind = Node::Kind::kMapping;
  node.place = value.place;
  const config::Place place = value.place;
  node.members.push_back({std::move(key), place, std::move(value)});
  return node;
}

/// spec: {expect: [{expr: OF, in: IN}]}
Node expecting(Node of, Node in) {
  Node expectation = mapping("expr", std::move(of));
  const config::Place place = in.place;
  expectation.members.push_back({"in", place, std::move(in)});
  Node list;
  list.kind = Node::Kind::kSequence;
  list.place = expectation.place;
  list.items.push_back(std::move(expectation));
  return mapping("expect", std::move(list));
}

void read_search(Fields& f, ThresholdSearch& out, std::vector<Node>& overrides) {
  f.require("parameter", "name the parameter whose value is searched for");
  f.text("parameter", out.parameter);
  out.place = f["parameter"].place();
  f.require("between", "write " + std::string(kEnds));
  read_ends(f["between"], out);
  f.ratio("precision", out.precision, {.least = 0.001, .most = 0.1});
  f.integer("runs", out.runs, {.least = 1, .most = 1000});
  f.require("of", "write an expectation that holds on one side of it alone");
  f.text("of", out.of);
  const Value in = f["in"];
  const Node share = in ? in.node() : scalar(kMostRuns, f.value().place());
  if (const Value of = f["of"]) overrides.push_back(expecting(of.node(), share));
}

}  // namespace

std::optional<ThresholdSearch> read_threshold(Fields& test, std::vector<Node>& overrides) {
  std::optional<ThresholdSearch> search;
  test.object("threshold", [&](Fields& f) { read_search(f, search.emplace(), overrides); });
  if (!search) return search;
  if (const Value expect = test["expect"])
    expect.error("is of one value, and a threshold of many", "write two tests");
  if (const Value routes = test["routes"])
    routes.error("are looked up without a run, and a threshold asks for some", "write two tests");
  const Value each = test["each"];
  if (each && each.node().is_mapping()) {
    if (const Node* own = each.node().find(search->parameter))
      each.error_at(own->place, "the threshold is one of " + search->parameter, "leave it out");
  }
  return search;
}

}  // namespace squall::scenarios
