// Document: YAML or JSON text as a tree that remembers where everything stood; the one way into the
// program for what users write.
//
// Anchors, aliases and `<<` are resolved; a mapping keeps the order of its keys; a repeated key is
// an error. Limits: 64 MiB of text, depth 100, a million values with aliases expanded. What is
// wrong with the text, or beyond the limits, is an error with its place, never an exception. Cost:
// linear; memory about 120 bytes a value.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/result.h"

namespace squall::config {

struct Place {
  std::shared_ptr<const std::string> file;  // as the user named it; "-" for standard input
  int line = 0;                             // from 1; 0: nowhere (made by the program)
  int column = 0;
};

class Node {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };
  struct Member;

  Kind kind = Kind::kNull;
  bool quoted = false;          // a scalar in quotes is a string whatever it looks like
  std::string text;             // kScalar: its value, unquoted
  std::vector<Node> items;      // kSequence
  std::vector<Member> members;  // kMapping, in the order written
  Place place;

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  /// Null when there is none. A present key with a null value gives the null node.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);

  // A scalar's value by YAML's core schema; none when it is not of that type (a quoted scalar is
  // text only).
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_number() const;

  /// A diagnostic at this node's place.
  Diagnostic diagnose(Severity severity, std::string what, std::string advice = {}) const;
};

struct Node::Member {
  std::string key;
  Place place;  // of the key
  Node value;
};

/// All documents of a text (separated by `---`), empty ones left out.
Result<std::vector<Node>> parse_documents(std::string_view text, const std::string& file);
/// The text of a file, "-" for standard input; a byte more than the limit at most.
Result<std::string> read_text(const std::string& path);
/// Reads the file, "-" for standard input.
Result<std::vector<Node>> load_documents(const std::string& path);
/// The .yaml, .yml and .json files that a path stands for: itself, or all below a folder in order
/// of name.
Result<std::vector<std::string>> files_of(const std::string& path);

}  // namespace squall::config
