#include "scenarios/merge.h"

#include <gtest/gtest.h>

#include <string>

namespace squall::scenarios {
namespace {

using config::Node;

Node parsed(const std::string& text) {
  auto documents = config::parse_documents(text, "a.yaml");
  EXPECT_TRUE(documents && documents->size() == 1) << text;
  return documents && !documents->empty() ? documents->front() : Node();
}

/// The same in one line, keys in their order.
std::string text(const Node& node) {
  std::string out;
  if (node.is_null()) return "null";
  if (node.is_scalar()) return node.text;
  if (node.is_sequence()) {
    for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + text(item);
    return "[" + out + "]";
  }
  for (const Node::Member& member : node.members)
    out += (out.empty() ? "" : ", ") + member.key + ": " + text(member.value);
  return "{" + out + "}";
}

std::string merged(const std::string& into, const std::string& fragment) {
  Node node = parsed(into);
  Diagnostics diagnostics;
  merge(node, parsed(fragment), diagnostics);
  return diagnostics.empty() ? text(node) : to_string(diagnostics.all().front());
}

TEST(Merge, MappingsMergeMemberByMember) {
  EXPECT_EQ(merged("{a: 1, b: {c: 2, d: 3}}", "{b: {d: 4, e: 5}, f: 6}"),
            "{a: 1, b: {c: 2, d: 4, e: 5}, f: 6}");
  EXPECT_EQ(merged("{a: {b: 1}}", "{a: 2}"), "{a: 2}");
  EXPECT_EQ(merged("{a: 2}", "{a: {b: 1}}"), "{a: {b: 1}}");
}

TEST(Merge, NullTakesAMemberAway) {
  EXPECT_EQ(merged("{a: 1, b: {c: 2, d: 3}}", "{a: null, b: {d: ~}}"), "{b: {c: 2}}");
  EXPECT_EQ(merged("{a: 1}", "{c: {d: null, e: {f: null}}}"), "{a: 1, c: {e: {}}}");
  EXPECT_EQ(merged("{abc: 1}", "{abd: null}"),
            "a.yaml:1:2: error: there is no \"abd\" to take away; did you mean \"abc\"?");
}

TEST(Merge, ListsMergeByName) {
  EXPECT_EQ(merged("{l: [{name: x, a: 1}, {name: y, a: 2, b: 1}]}",
                   "{l: [{name: y, a: 3, b: null}, {name: z, c: null, d: 4}]}"),
            "{l: [{name: x, a: 1}, {name: y, a: 3}, {name: z, d: 4}]}");
}

TEST(Merge, OtherListsAreReplaced) {
  EXPECT_EQ(merged("{l: [1, 2]}", "{l: [3]}"), "{l: [3]}");
  EXPECT_EQ(merged("{l: [{name: x}]}", "{l: []}"), "{l: []}");
  EXPECT_EQ(merged("{l: [{name: x}, {a: 1}]}", "{l: [{name: x, a: 2}]}"), "{l: [{name: x, a: 2}]}");
  EXPECT_EQ(merged("{l: [{name: x}]}", "{l: [{a: 2}]}"), "{l: [{a: 2}]}");
}

TEST(Merge, WhatIsNewKeepsItsPlace) {
  Node node = parsed("{a: 1, b: 2}");
  Diagnostics diagnostics;
  merge(node, parsed("\n\na: 3"), diagnostics);
  EXPECT_EQ(node.find("a")->place.line, 3);
  EXPECT_EQ(node.find("b")->place.line, 1);
}

std::string patched(const std::string& fragment) {
  std::vector<Node> manifests = {
      parsed("{kind: DestinationRule, metadata: {name: app, namespace: shop}, spec: {a: 1}}"),
      parsed("{kind: DestinationRule, metadata: {name: app}, spec: {a: 2}}"),
      parsed("{kind: VirtualService, metadata: {name: app, namespace: shop}, spec: {a: 3}}")};
  Diagnostics diagnostics;
  patch(manifests, parsed(fragment), diagnostics);
  if (!diagnostics.empty()) return to_string(diagnostics.all().front());
  std::string out;
  for (const Node& one : manifests) out += text(*one.find("spec"));
  return out;
}

TEST(Merge, APatchFindsItsManifest) {
  EXPECT_EQ(
      patched("{kind: DestinationRule, metadata: {name: app, namespace: shop}, spec: {a: 9}}"),
      "{a: 9}{a: 2}{a: 3}");
  EXPECT_EQ(
      patched("{kind: DestinationRule, metadata: {name: app, namespace: default}, spec: {a: 9}}"),
      "{a: 1}{a: 9}{a: 3}");
  EXPECT_EQ(patched("{kind: VirtualService, metadata: {name: app}, spec: {a: null, b: 1}}"),
            "{a: 1}{a: 2}{b: 1}");
}

TEST(Merge, APatchOfNothingIsAnError) {
  EXPECT_EQ(
      patched("{kind: DestinationRule, metadata: {name: app}}"),
      "a.yaml:1:1: error: DestinationRule app stands in two namespaces, shop and default; write "
      "metadata.namespace");
  EXPECT_EQ(patched("{kind: DestinationRule, metadata: {name: ap, namespace: shop}}"),
            "a.yaml:1:1: error: there is no DestinationRule ap in namespace shop; did you mean "
            "\"app\"?");
  EXPECT_EQ(patched("{kind: Gateway, metadata: {name: web}}"),
            "a.yaml:1:1: error: there is no Gateway web; no manifest is a Gateway");
  EXPECT_EQ(
      patched("{spec: {a: 1}}"),
      "a.yaml:1:1: error: a patch without kind and metadata.name; write those of the manifest "
      "that it changes, and what is to be different");
}

}  // namespace
}  // namespace squall::scenarios
