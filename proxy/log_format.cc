#include "proxy/log_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "proxy/json_text.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kDefaultFormat =
    "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
    "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
    "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

/// The '%' that ends the operator at the start of `text`; one in parentheses does not.
std::size_t end_of_operator(std::string_view text) {
  bool inside = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '(') inside = true;
    if (text[i] == ')') inside = false;
    if (text[i] == '%' && !inside) return i;
  }
  return std::string_view::npos;
}

/// What is wrong with a template, at its place where it has one.
Diagnostics at_place(const Diagnostics& wrong, const std::optional<config::Node>& place) {
  const Diagnostic& first = wrong.all().front();
  return place ? Diagnostics(place->diagnose(Severity::kError, first.what, first.advice)) : wrong;
}

/// A scalar that is no text, as JSON has it.
std::optional<std::string> literal_of(const config::Node& value) {
  if (value.is_null()) return "null";
  if (const auto truth = value.as_bool()) return *truth ? "true" : "false";
  if (const auto whole = value.as_int()) return fmt::format("{}", *whole);
  const auto number = value.as_number();
  constexpr double kMost = std::numeric_limits<double>::max();
  if (!number || !(*number >= -kMost && *number <= kMost)) return std::nullopt;
  return fmt::format("{}", *number);
}

}  // namespace

Result<std::vector<LogFormat::Piece>> LogFormat::pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  const auto literal = [&](std::string_view more) {
    if (pieces.empty() || pieces.back().literal.empty()) pieces.emplace_back();
    pieces.back().literal += more;
  };
  while (!text.empty()) {
    if (text.front() != '%') {
      const std::size_t end = std::min(text.find('%'), text.size());
      literal(text.substr(0, end));
      text.remove_prefix(end);
    } else if (text.starts_with("%%")) {
      literal("%");
      text.remove_prefix(2);
    } else {
      const std::size_t end = end_of_operator(text);
      Piece piece;
      if (end == std::string_view::npos || !piece.op.read(text.substr(1, end - 1))) {
        return error(fmt::format("\"{}\" is not a command operator that is honoured here",
                                 text.substr(0, end == std::string_view::npos ? end : end + 1)),
                     "see docs/proxy.md for the operators, and write %% for a percent sign");
      }
      pieces.push_back(std::move(piece));
      text.remove_prefix(end + 1);
    }
  }
  return pieces;
}

Result<LogFormat::Node> LogFormat::node_of(const config::Node& value) {
  Node node;
  if (value.is_mapping() || value.is_sequence()) {
    node.kind = value.is_mapping() ? Node::Kind::kObject : Node::Kind::kList;
    for (const config::Node::Member& member : value.members) {
      Result<Node> child = node_of(member.value);
      if (!child) return child;
      append_json_string(child->key, member.key);
      child->key += ':';
      node.children.push_back(*std::move(child));
    }
    for (const config::Node& item : value.items) {
      Result<Node> child = node_of(item);
      if (!child) return child;
      node.children.push_back(*std::move(child));
    }
    return node;
  }
  if (auto literal = literal_of(value)) {
    node.kind = Node::Kind::kLiteral;
    node.literal = *std::move(literal);
    return node;
  }
  Result<std::vector<Piece>> pieces = pieces_of(value.text);
  if (!pieces) return std::unexpected(at_place(pieces.error(), value));
  node.pieces = *std::move(pieces);
  return node;
}

Result<LogFormat> LogFormat::compile(const config::AccessLog& log) {
  LogFormat format;
  format.omit_empty_ = log.omit_empty_values;
  if (log.json_format) {
    Result<Node> root = node_of(*log.json_format);
    if (!root) return std::unexpected(std::move(root.error()));
    format.json_ = true;
    format.root_ = *std::move(root);
    return format;
  }
  auto pieces =
      pieces_of(log.text_format.empty() ? kDefaultFormat : std::string_view(log.text_format));
  if (!pieces) return std::unexpected(at_place(pieces.error(), log.text_at));
  format.root_.pieces = *std::move(pieces);
  return format;
}

void LogFormat::append_text(const Node& node, const LoggedRequest& request,
                            std::string& line) const {
  for (const Piece& piece : node.pieces) {
    if (!piece.literal.empty()) {
      line += piece.literal;
      continue;
    }
    if (!piece.op.append(request, line) && !omit_empty_) line += '-';
  }
}

/// Members or items, with commas; false when all were left out.
bool LogFormat::append_children(const Node& node, const LoggedRequest& request,
                                std::string& line) const {
  bool any = false;
  for (const Node& child : node.children) {
    const std::size_t start = line.size();
    if (any) line += ',';
    line += child.key;
    const std::size_t value = line.size();
    append_json(child, request, line);
    if (omit_empty_ && std::string_view(line).substr(value) == "null") {
      line.resize(start);
    } else {
      any = true;
    }
  }
  return any;
}

void LogFormat::append_json(const Node& node, const LoggedRequest& request,
                            std::string& line) const {
  switch (node.kind) {
    case Node::Kind::kLiteral:
      line += node.literal;
      return;
    case Node::Kind::kObject:
    case Node::Kind::kList:
      line += node.kind == Node::Kind::kObject ? '{' : '[';
      append_children(node, request, line);
      line += node.kind == Node::Kind::kObject ? '}' : ']';
      return;
    case Node::Kind::kText:
      break;
  }
  const std::size_t start = line.size();
  if (node.pieces.size() != 1 || !node.pieces[0].literal.empty()) {
    append_text(node, request, line);
    quote_json(line, start);
    return;
  }
  const LogOperator& op = node.pieces[0].op;
  if (!op.append(request, line)) {
    line += "null";
  } else if (!op.is_number()) {
    quote_json(line, start);
  }
}

void LogFormat::append(const LoggedRequest& request, std::string& line) const {
  if (!json_) return append_text(root_, request, line);
  append_json(root_, request, line);
  line += '\n';
}

}  // namespace squall::proxy
