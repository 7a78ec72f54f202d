// LogFormat: an access log's line, from a text or a JSON template with Envoy's command operators.
//
// A template is compiled once; what does not exist in a request is "-" in a text and null in JSON.
// A JSON value that is one operator keeps its type (a status is a number). Operators that are not
// known are an error that names them. Source: Envoy's access log formatters, as a live 1.40 prints.
// Cost: linear in the line; no allocation once `line` has grown.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/bootstrap.h"
#include "policies/base/result.h"
#include "proxy/log_operator.h"
#include "proxy/logged_request.h"

namespace squall::proxy {

class LogFormat {
 public:
  /// Errors: an operator that is not known or malformed, with the template's place where it has
  /// one.
  static Result<LogFormat> compile(const config::AccessLog& log);

  /// Appends the line, with its end.
  void append(const LoggedRequest& request, std::string& line) const;

 private:
  struct Piece {
    std::string literal;  // empty: the operator
    LogOperator op;
  };
  /// A node of a JSON template; a text template is one kText.
  struct Node {
    enum class Kind : std::uint8_t { kText, kLiteral, kObject, kList } kind = Kind::kText;
    std::string key;            // of a member, quoted, with its colon
    std::string literal;        // a number, a truth or null
    std::vector<Piece> pieces;  // kText
    std::vector<Node> children;
  };

  static Result<std::vector<Piece>> pieces_of(std::string_view text);
  static Result<Node> node_of(const config::Node& value);
  void append_json(const Node& node, const LoggedRequest& request, std::string& line) const;
  void append_text(const Node& node, const LoggedRequest& request, std::string& line) const;
  bool append_children(const Node& node, const LoggedRequest& request, std::string& line) const;

  Node root_;
  bool json_ = false;
  bool omit_empty_ = false;
};

}  // namespace squall::proxy
