#include "scenarios/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "config/value.h"
#include "policies/base/time.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

using config::Node;

constexpr std::size_t kLongest = 4096;
constexpr std::array<std::string_view, 4> kTop = {"apiVersion", "kind", "metadata", "spec"};
constexpr std::array<std::string_view, 12> kSpec = {
    "parameters", "manifests", "seed", "warmup", "duration", "mesh",
    "network",    "workloads", "load", "faults", "changes",  "expect"};

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

/// The inside of `${}`: a sum of numbers and parameters.
class ValueParser : public SumParser {
 public:
  ValueParser(std::string_view text, const std::map<std::string, std::string, std::less<>>& texts)
      : SumParser(text), texts_(texts) {}

  /// As a scenario would write it; none after a mistake.
  std::optional<std::string> value() {
    Expression expression;
    const std::optional<Part> part = sum(expression);
    if (!part) return std::nullopt;
    if (!at_end()) return fail(position_, fmt::format("expected the end, got {}", found()));
    const std::optional<double> result = evaluate(expression, {});
    if (!result) return fail(0, "divides by zero or is out of range");
    return spelled(*result, part->dimension);
  }

 protected:
  std::optional<Part> named(std::string_view name, std::size_t at, Expression& out) override {
    const auto found_text = texts_.find(name);
    if (found_text == texts_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, text] : texts_) names.push_back(known);
      return fail(at, fmt::format("\"{}\" is no parameter", name),
                  name_advice(name, names, "parameters are"));
    }
    ValueParser inner(found_text->second,
                      texts_);  // its text is a number; names in it would be an error
    const std::optional<Part> part = inner.negative_number(out);
    if (!part)
      return fail(at,
                  fmt::format("parameter \"{}\" is no number: \"{}\"", name, found_text->second));
    return part;
  }

 private:
  std::optional<Part> negative_number(Expression& out) {
    const bool minus = take("-");
    const std::optional<Part> part = number(out);
    if (!part || !at_end()) return std::nullopt;
    if (minus) out.push_back({.op = Term::Op::kNegate});
    return part;
  }

  std::optional<std::string> spelled(double value, Dimension dimension) {
    if (dimension == 0) return fmt::format("{}", value);
    if (dimension == 1 && std::fabs(value) < 9e9) {
      return to_string(Duration(static_cast<std::int64_t>(std::floor(value * 1e9 + 0.5))));
    }
    if (dimension == -1) {
      std::array<char, 400> digits;
      const auto [end, code] =
          std::to_chars(digits.begin(), digits.end(), value, std::chars_format::fixed);
      return std::string(digits.data(), end) + "/s";
    }
    return fail(0, "is neither a number nor a duration nor a rate");
  }

  const std::map<std::string, std::string, std::less<>>& texts_;
};

/// The longest key of a mapping that the dotted path begins with; names may have dots in them.
Node::Member* member_at(Node& mapping, std::string_view path) {
  Node::Member* longest = nullptr;
  for (Node::Member& member : mapping.members) {
    const std::string& key = member.key;
    const bool fits =
        path.starts_with(key) && (path.size() == key.size() || path[key.size()] == '.');
    if (fits && (longest == nullptr || key.size() > longest->key.size())) longest = &member;
  }
  return longest;
}

Node* item_at(Node& sequence, std::string_view name) {
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (code == std::errc{} && end == name.data() + name.size()) {
    return index < sequence.items.size() ? &sequence.items[index] : nullptr;
  }
  for (Node& item : sequence.items) {
    const Node* own = item.find("name");
    if (own != nullptr && own->text == name) return &item;
  }
  return nullptr;
}

/// Of a name that is not there yet and may have dots: what stands before a field of a workload.
std::size_t name_length(std::string_view path) {
  constexpr std::array<std::string_view, 17> kFields = {
      "replicas", "zones",     "addresses", "sidecar",    "concurrency", "cpu",
      "queue",    "cancelled", "deadlines", "contention", "rate_limit",  "handshake",
      "start",    "latency",   "errors",    "calls",      "operations"};
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
       dot = path.find('.', dot + 1)) {
    const std::string_view rest = path.substr(dot + 1);
    if (std::ranges::find(kFields, rest.substr(0, rest.find('.'))) != kFields.end()) return dot;
  }
  return path.size();
}

/// The node at a dotted path, made where a mapping lacks it; null when the path leads through
/// something else.
Node* node_at(Node& root, std::string_view path, const config::Place& place) {
  Node* node = &root;
  const std::string_view whole = path;
  while (!path.empty()) {
    const bool of_workloads = whole.substr(0, whole.size() - path.size()) == "spec.workloads.";
    const std::size_t dot = std::min(path.find('.'), path.size());
    std::size_t used = dot;
    if (node->is_sequence()) {
      node = item_at(*node, path.substr(0, dot));
      if (node == nullptr) return nullptr;
    } else {
      if (node->is_null()) {
        *node = Node{};
        node->kind = Node::Kind::kMapping;
        node->place = place;
      }
      if (!node->is_mapping()) return nullptr;
      Node::Member* member = member_at(*node, path);
      if (member != nullptr) {
        used = member->key.size();
      } else {
        Node fresh;
        fresh.place = place;
        if (of_workloads) used = name_length(path);
        node->members.push_back({std::string(path.substr(0, used)), place, std::move(fresh)});
        member = &node->members.back();
      }
      node = &member->value;
    }
    path.remove_prefix(std::min(used + 1, path.size()));
  }
  return node;
}

void place_everywhere(Node& node, const config::Place& place) {
  node.place = place;
  for (Node& item : node.items) place_everywhere(item, place);
  for (Node::Member& member : node.members) {
    member.place = place;
    place_everywhere(member.value, place);
  }
}

/// The names of spec.parameters.
std::vector<std::string_view> names_of(const Node* parameters) {
  std::vector<std::string_view> names;
  if (parameters == nullptr) return names;
  for (const Node::Member& member : parameters->members) names.push_back(member.key);
  return names;
}

/// What to set and who says so.
struct Assignment {
  std::string_view name, value;
  const config::Place& place;  // of the value from now on
  std::string said;            // begins a message; empty where the place says it all
  Diagnostics& diagnostics;

  void fail(std::string_view what, std::string advice) const {
    diagnostics.add({*place.file, place.line, place.column, Severity::kError,
                     said + std::string(what), std::move(advice)});
  }
};

/// How an item of a list is named: "load.NAME.rate".
std::string item_advice(const Node* spec, std::string_view path) {
  const std::string_view list = path.substr(0, path.find('.'));
  const std::string_view rest = path.substr(std::min(list.size() + 1, path.size()));
  const std::string_view name = rest.substr(0, rest.find('.'));
  const Node* items = spec == nullptr ? nullptr : spec->find(list);
  std::vector<std::string_view> names;
  for (std::size_t i = 0; items != nullptr && i < items->items.size(); ++i) {
    const Node* own = items->items[i].is_mapping() ? items->items[i].find("name") : nullptr;
    if (own != nullptr) names.push_back(own->text);
  }
  if (const auto near = config::nearest(name, names))
    return fmt::format("did you mean {}.{}{}?", list, *near, rest.substr(name.size()));
  return "lists go by index or by name: load.0.rate, load.shoppers.rate";
}

void set_in(Node& scenario, const Assignment& one) {
  Result<std::vector<Node>> value = config::parse_documents(one.value, *one.place.file);
  if (!value) {
    for (const Diagnostic& problem : value.error().all()) one.fail(problem.what, problem.advice);
    return;
  }
  if (value->size() > 1) return one.fail("has more than one document", "write one value");
  Node written = value->empty() ? Node{} : std::move(value->front());
  place_everywhere(written, one.place);

  Node* spec = scenario.find("spec");
  Node* parameters = spec == nullptr ? nullptr : spec->find("parameters");
  if (Node* parameter = parameters == nullptr ? nullptr : parameters->find(one.name)) {
    *parameter = std::move(written);
    return;
  }
  const std::string_view first = one.name.substr(0, one.name.find('.'));
  const bool top = std::find(kTop.begin(), kTop.end(), first) != kTop.end();
  if (!top && std::find(kSpec.begin(), kSpec.end(), first) == kSpec.end()) {
    std::vector<std::string_view> names = names_of(parameters);
    names.insert(names.end(), kSpec.begin(), kSpec.end());
    return one.fail(fmt::format("\"{}\" is neither a parameter nor a field of spec", first),
                    name_advice(first, names, "there are"));
  }
  Node* target =
      node_at(scenario, top ? std::string(one.name) : fmt::format("spec.{}", one.name), one.place);
  if (target == nullptr)
    return one.fail(fmt::format("the scenario has no {}", one.name), item_advice(spec, one.name));
  *target = std::move(written);
}

}  // namespace

void set_field(Node& scenario, const std::string& assignment, Diagnostics& diagnostics) {
  config::Place place;
  place.file = std::make_shared<const std::string>("--set " + assignment);
  place.line = place.column = 0;
  const std::string_view text = assignment;
  const std::size_t equals = std::min(text.find('='), text.size());
  const Assignment one{.name = text.substr(0, equals),
                       .value = text.substr(std::min(equals + 1, text.size())),
                       .place = place,
                       .said = {},
                       .diagnostics = diagnostics};
  if (equals == 0 || equals == text.size())
    return one.fail("has no value", "write --set NAME=VALUE");
  set_in(scenario, one);
}

void set_field(Node& scenario, const Setting& setting, Diagnostics& diagnostics) {
  set_in(scenario, {.name = setting.name,
                    .value = setting.value,
                    .place = setting.place,
                    .said = fmt::format("{} {}={}: ", setting.by, setting.name, setting.value),
                    .diagnostics = diagnostics});
}

Parameters::Parameters(const Node& scenario, Diagnostics& diagnostics) {
  const Node* spec = scenario.find("spec");
  const Node* parameters = spec == nullptr ? nullptr : spec->find("parameters");
  if (parameters == nullptr || parameters->is_null()) return;
  if (!parameters->is_mapping()) {
    diagnostics.add(parameters->diagnose(Severity::kError, "spec.parameters: expected a mapping",
                                         "write parameters: {n: 100, load: 80%}"));
    return;
  }
  for (const Node::Member& member : parameters->members) {
    const config::Value value(&member.value, "spec.parameters." + member.key, diagnostics,
                              config::Dialect::kSquall);
    if (!is_name(member.key)) {
      value.error_at(member.place, "no name of a parameter", "names have letters, digits and _");
      continue;
    }
    if (!member.value.is_scalar()) {
      value.expected("a number or a text");
      continue;
    }
    Node text = member.value;
    replace(text, diagnostics);
    texts_.emplace(member.key, text.text);
  }
}

std::string Parameters::value_of(std::string_view expression, std::size_t at, const Node& scalar,
                                 Diagnostics& diagnostics) const {
  std::string_view name = expression;
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  if (const auto text = texts_.find(name); text != texts_.end()) return text->second;
  ValueParser parser(expression, texts_);
  if (std::optional<std::string> value = parser.value()) return *std::move(value);
  Diagnostic one = scalar.diagnose(Severity::kError, "in ${}: " + parser.mistake()->what,
                                   parser.mistake()->advice);
  if (one.line > 0)
    one.column += static_cast<int>(at) + (scalar.quoted ? 1 : 0) + parser.mistake()->column - 1;
  diagnostics.add(std::move(one));
  return {};
}

void Parameters::replace(Node& scalar, Diagnostics& diagnostics) const {
  const std::string& text = scalar.text;
  std::size_t open = text.find("${");
  if (open == std::string::npos) return;
  std::string out;
  std::size_t done = 0;
  for (; open != std::string::npos; open = text.find("${", done)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      diagnostics.add(
          scalar.diagnose(Severity::kError, "\"${\" is not closed", "write \"${name}\""));
      return;
    }
    out.append(text, done, open - done);
    out += value_of(std::string_view(text).substr(open + 2, close - open - 2), open + 2, scalar,
                    diagnostics);
    done = close + 1;
    if (out.size() > kLongest) {
      diagnostics.add(scalar.diagnose(Severity::kError, "grows too long with its parameters"));
      return;
    }
  }
  out.append(text, done);
  scalar.text = std::move(out);
  scalar.quoted = false;
}

void Parameters::substitute(Node& node, Diagnostics& diagnostics) const {
  if (diagnostics.all().size() >= Diagnostics::kMost) return;  // as many as anybody is shown
  if (node.is_scalar()) replace(node, diagnostics);
  for (Node& item : node.items) substitute(item, diagnostics);
  for (Node::Member& member : node.members) substitute(member.value, diagnostics);
}

}  // namespace squall::scenarios
