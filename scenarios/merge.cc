#include "scenarios/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "config/value.h"
#include "scenarios/unknown_name.h"

namespace squall::scenarios {
namespace {

using config::Node;

std::string_view text_at(const Node* node, std::string_view key) {
  const Node* found = node == nullptr || !node->is_mapping() ? nullptr : node->find(key);
  return found != nullptr && found->is_scalar() ? std::string_view(found->text)
                                                : std::string_view();
}

bool is_named(const Node& list) {
  return std::ranges::all_of(list.items,
                             [](const Node& item) { return !text_at(&item, "name").empty(); });
}

/// Takes the nulls out of what is new: they say what is not to be there.
void drop_nulls(Node& node) {
  std::erase_if(node.members, [](const Node::Member& one) { return one.value.is_null(); });
  for (Node::Member& member : node.members) drop_nulls(member.value);
}

void merge_items(Node& into, const Node& fragment, Diagnostics& diagnostics) {
  for (const Node& item : fragment.items) {
    const std::string_view name = text_at(&item, "name");
    const auto found = std::ranges::find_if(
        into.items, [&](const Node& one) { return text_at(&one, "name") == name; });
    if (found != into.items.end()) {
      merge(*found, item, diagnostics);
    } else {
      into.items.push_back(item);
      drop_nulls(into.items.back());
    }
  }
}

/// A removal that finds nothing is a slip, and a test of what is without it would be one with it.
void take_away(Node& from, const Node::Member& member, Diagnostics& diagnostics) {
  const auto is_meant = [&](const Node::Member& one) { return one.key == member.key; };
  if (std::erase_if(from.members, is_meant) > 0) return;
  std::vector<std::string_view> names;
  for (const Node::Member& one : from.members) names.push_back(one.key);
  diagnostics.add(unknown_name(member.place,
                               fmt::format("there is no \"{}\" to take away", member.key),
                               member.key, names, "leave it out"));
}

void merge_members(Node& into, const Node& fragment, Diagnostics& diagnostics) {
  for (const Node::Member& member : fragment.members) {
    if (member.value.is_null()) {
      take_away(into, member, diagnostics);
    } else if (Node* known = into.find(member.key)) {
      merge(*known, member.value, diagnostics);
    } else {
      into.members.push_back(member);
      drop_nulls(into.members.back().value);
    }
  }
}

struct Identity {
  std::string_view kind, name, space;  // an empty space: none is written
};
Identity identity_of(const Node& manifest) {
  const Node* metadata = manifest.is_mapping() ? manifest.find("metadata") : nullptr;
  return {text_at(&manifest, "kind"), text_at(metadata, "name"), text_at(metadata, "namespace")};
}
std::string_view space_of(const Identity& one) { return one.space.empty() ? "default" : one.space; }

/// A rule of a VirtualService that says what is done with requests, but not where they go: lists
/// are replaced, so that the rule's route is gone. Null: none.
const Node* rule_without_route(const Node& into, const Node& fragment) {
  const auto rules_of = [](const Node& of) -> const Node* {
    const Node* spec = of.find("spec");
    const Node* rules = spec == nullptr || !spec->is_mapping() ? nullptr : spec->find("http");
    return rules != nullptr && rules->is_sequence() ? rules : nullptr;
  };
  const Node* const old = rules_of(into);
  const Node* const fresh = rules_of(fragment);
  if (old == nullptr || fresh == nullptr || fresh->items.empty()) return nullptr;
  if (is_named(*old) && is_named(*fresh)) return nullptr;
  const auto lacks = [](const Node& rule) {
    return rule.is_mapping() &&
           std::ranges::none_of(
               std::initializer_list<std::string_view>{"route", "redirect", "directResponse",
                                                       "delegate"},
               [&](std::string_view field) { return rule.find(field) != nullptr; });
  };
  const auto found = std::ranges::find_if(fresh->items, lacks);
  return found == fresh->items.end() ? nullptr : &*found;
}

/// What the manifests have that is called so, where the kind is wrong.
std::string meant_kind(const std::vector<Node>& manifests, const Identity& wanted) {
  std::vector<std::string_view> kinds;
  for (const Node& manifest : manifests) kinds.push_back(identity_of(manifest).kind);
  const auto near = config::nearest(wanted.kind, kinds);
  return near ? fmt::format("did you mean kind: {}?", *near) : std::string();
}

void patch_found(Node& into, const Node& fragment, Diagnostics& diagnostics) {
  if (const Node* rule = rule_without_route(into, fragment); rule != nullptr) {
    diagnostics.add(rule->diagnose(
        Severity::kError, "a patch replaces the list http as a whole, and this rule has no route",
        "write the rule's route, too; rules are patched one by one where all have a name"));
    return;
  }
  merge(into, fragment, diagnostics);
}

}  // namespace

void merge(Node& into, const Node& fragment, Diagnostics& diagnostics) {
  if (into.is_mapping() && fragment.is_mapping()) return merge_members(into, fragment, diagnostics);
  const bool lists = into.is_sequence() && fragment.is_sequence();
  if (lists && !fragment.items.empty() && is_named(into) && is_named(fragment))
    return merge_items(into, fragment, diagnostics);
  into = fragment;
  drop_nulls(into);
}

void patch(std::vector<Node>& manifests, const Node& fragment, Diagnostics& diagnostics) {
  const Identity wanted = identity_of(fragment);
  if (wanted.kind.empty() || wanted.name.empty()) {
    diagnostics.add(fragment.diagnose(
        Severity::kError, "a patch without kind and metadata.name",
        "write those of the manifest that it changes, and what is to be different"));
    return;
  }
  Node* found = nullptr;
  std::vector<std::string_view> names;
  for (Node& manifest : manifests) {
    const Identity one = identity_of(manifest);
    if (one.kind != wanted.kind) continue;
    if (!wanted.space.empty() && space_of(one) != space_of(wanted)) continue;
    names.push_back(one.name);
    if (one.name != wanted.name) continue;
    if (found != nullptr) {
      diagnostics.add(
          fragment.diagnose(Severity::kError,
                            fmt::format("{} {} stands in two namespaces, {} and {}", wanted.kind,
                                        wanted.name, space_of(identity_of(*found)), space_of(one)),
                            "write metadata.namespace"));
      return;
    }
    found = &manifest;
  }
  if (found != nullptr) return patch_found(*found, fragment, diagnostics);
  const std::string kind = names.empty() ? meant_kind(manifests, wanted) : std::string();
  const std::string where =
      wanted.space.empty() ? "" : fmt::format(" in namespace {}", wanted.space);
  diagnostics.add(unknown_name(
      fragment.place, fmt::format("there is no {} {}{}", wanted.kind, wanted.name, where),
      wanted.name, names,
      !kind.empty()   ? kind
      : names.empty() ? fmt::format("no manifest is a {}{}", wanted.kind, where)
                      : "the manifests have " + std::string(names.front())));
}

}  // namespace squall::scenarios
