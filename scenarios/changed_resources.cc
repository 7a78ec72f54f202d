#include "scenarios/changed_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "scenarios/manifests.h"

namespace squall::scenarios {
namespace {

using config::Node;
using reports::ChangedResource;

constexpr std::size_t kLongest = 80;  // of a value's text
constexpr int kMostFields = 100;      // of one resource

/// A value as YAML on one line, cut where it is long.
void put_text(const Node& node, std::string& out) {
  if (out.size() > kLongest) return;
  const auto put_list = [&](char open, char close, const auto& list, const auto& put) {
    out += open;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ", ";
      put(list[i]);
    }
    out += close;
  };
  if (node.is_mapping()) {
    put_list('{', '}', node.members, [&](const Node::Member& one) {
      out += one.key + ": ";
      put_text(one.value, out);
    });
  } else if (node.is_sequence()) {
    put_list('[', ']', node.items, [&](const Node& one) { put_text(one, out); });
  } else {
    out += node.is_null() ? "null" : node.text;
  }
}

std::string text_of(const Node& node) {
  std::string out;
  put_text(node, out);
  if (out.size() <= kLongest) return out;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
  return out.substr(0, end) + "...";
}

const std::string* name_of(const Node& item) {
  const Node* name = item.is_mapping() ? item.find("name") : nullptr;
  return name != nullptr && name->is_scalar() && !name->text.empty() ? &name->text : nullptr;
}

bool all_named(const Node& list) {
  return std::ranges::all_of(list.items, [](const Node& item) { return name_of(item) != nullptr; });
}

class FieldComparison {
 public:
  explicit FieldComparison(ChangedResource& out) : out_(out) {}

  /// Null: it is not there.
  void compare(const std::string& path, const Node* before, const Node* after) {
    if (before != nullptr && after != nullptr) {
      if (before->is_mapping() && after->is_mapping()) return members(path, *before, *after);
      if (before->is_sequence() && after->is_sequence()) return items(path, *before, *after);
      if (before->kind == after->kind && before->text == after->text) return;
    }
    if (before == nullptr && after == nullptr) return;
    if (out_.fields_size() == kMostFields) return out_.set_more_fields(out_.more_fields() + 1);
    reports::ChangedField& field = *out_.add_fields();
    field.set_path(path);
    if (before != nullptr) field.set_before(text_of(*before));
    if (after != nullptr) field.set_after(text_of(*after));
  }

 private:
  void members(const std::string& path, const Node& before, const Node& after) {
    const auto below = [&](const std::string& key) {
      return path.empty() ? key : path + "." + key;
    };
    for (const Node::Member& one : before.members)
      compare(below(one.key), &one.value, after.find(one.key));
    for (const Node::Member& one : after.members) {
      if (before.find(one.key) == nullptr) compare(below(one.key), nullptr, &one.value);
    }
  }

  void items(const std::string& path, const Node& before, const Node& after) {
    if (!all_named(before) || !all_named(after)) {
      for (std::size_t i = 0; i < std::max(before.items.size(), after.items.size()); ++i)
        compare(fmt::format("{}[{}]", path, i),
                i < before.items.size() ? &before.items[i] : nullptr,
                i < after.items.size() ? &after.items[i] : nullptr);
      return;
    }
    std::map<std::string_view, const Node*> others;
    for (const Node& item : after.items) others.emplace(*name_of(item), &item);
    for (const Node& item : before.items) {
      const auto other = others.find(*name_of(item));
      compare(fmt::format("{}[{}]", path, *name_of(item)), &item,
              other == others.end() ? nullptr : other->second);
      if (other != others.end()) others.erase(other);
    }
    for (const Node& item : after.items) {
      if (others.erase(*name_of(item)) > 0)
        compare(fmt::format("{}[{}]", path, *name_of(item)), nullptr, &item);
    }
  }

  ChangedResource& out_;
};

ChangedResource resource(std::string name, std::string_view change, const Node* before,
                         const Node* after) {
  ChangedResource out;
  out.set_resource(std::move(name));
  out.set_change(std::string(change));
  if (before != nullptr && before->place.file != nullptr) {
    out.set_before_file(*before->place.file);
    out.set_before_line(static_cast<std::uint32_t>(before->place.line));
  }
  if (after != nullptr && after->place.file != nullptr) {
    out.set_after_file(*after->place.file);
    out.set_after_line(static_cast<std::uint32_t>(after->place.line));
  }
  return out;
}

std::string title_of(const ManifestName& name) {
  return fmt::format("{} {}/{}", name.kind, name.space, name.name);
}

}  // namespace

std::vector<ChangedResource> changed_resources(const Scenario& before, const Scenario& after) {
  std::vector<ChangedResource> out;
  std::map<ManifestName, const Node*> others;
  for (const Node& one : after.manifests) {
    if (const auto name = manifest_name(one)) others.emplace(*name, &one);
  }
  const auto compare = [&](std::string name, const Node& one, const Node& other) {
    ChangedResource changed = resource(std::move(name), "changed", &one, &other);
    FieldComparison(changed).compare("", &one, &other);
    if (changed.fields_size() > 0) out.push_back(std::move(changed));
  };
  for (const Node& one : before.manifests) {
    const auto name = manifest_name(one);
    if (!name) continue;
    const auto other = others.find(*name);
    if (other == others.end()) {
      out.push_back(resource(title_of(*name), "removed", &one, nullptr));
    } else {
      compare(title_of(*name), one, *other->second);
      others.erase(other);
    }
  }
  for (const Node& one : after.manifests) {
    const auto name = manifest_name(one);
    if (name && others.contains(*name))
      out.push_back(resource(title_of(*name), "added", nullptr, &one));
  }
  compare("Scenario " + before.name, before.document, after.document);
  return out;
}

}  // namespace squall::scenarios
