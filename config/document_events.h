// The events that YAML or JSON text is read into, and the tree that they stand for: how document.cc
// works inside; readers of documents use document.h.
//
// Both parsers fill the same flat list; build_documents() turns it into trees, expanding aliases
// and merging `<<`. A flat list needs no copy of what is anchored, however the anchors nest.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace squall::config::internal {

inline constexpr std::size_t kMostBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostNodes = 1'000'000;
inline constexpr std::size_t kMostDepth = 100;  // of mappings and sequences within each other

struct Event {
  enum class Kind : std::uint8_t { kDocument, kNull, kScalar, kAlias, kSequence, kMapping, kEnd };
  Kind kind = Kind::kNull;
  bool quoted = false;
  int line = 0, column = 0;
  std::uint32_t target = 0;  // kAlias: the index of the event that it repeats
  std::string text;
};

/// The one thing that is wrong with a text.
struct Fault {
  int line = 0, column = 0;
  std::string what, advice;
};

Fault too_deep(int line, int column);
Fault too_many(int line, int column);

enum class JsonVerdict : std::uint8_t { kRead, kNotJson, kFault };
/// One JSON value. kNotJson: the grammar is not JSON's (it may be YAML's); `fault` says where
/// either way.
JsonVerdict read_json(std::string_view text, std::vector<Event>& events, Fault& fault);
/// All YAML documents, each after a kDocument; true, or false with the fault.
bool read_yaml(std::string_view text, std::vector<Event>& events, Fault& fault);
/// The trees of the documents that are not empty. Adds what is wrong with them to `diagnostics`.
std::vector<Node> build_documents(std::vector<Event>& events, const std::string& file,
                                  Diagnostics& diagnostics);

}  // namespace squall::config::internal
