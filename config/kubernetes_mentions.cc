#include "config/kubernetes_mentions.h"

#include <string_view>
#include <utility>

namespace squall::config {
namespace {

constexpr std::size_t kLongest = 4096, kLongestFile = 65'536;

void add(std::string from, const Node& value, std::size_t longest, std::vector<Mention>& out) {
  if (!value.is_scalar() || value.text.empty() || value.text.size() > longest) return;
  out.push_back({.from = std::move(from), .text = value.text, .place = value.place});
}

std::string text_at(const Node& node, std::string_view key) {
  const Node* const found = node.is_mapping() ? node.find(key) : nullptr;
  return found != nullptr && found->is_scalar() ? found->text : std::string();
}

void refer(const char* kind, const Node* to, std::string from, std::vector<Reference>& out) {
  if (to == nullptr || !to->is_mapping() || text_at(*to, "name").empty()) return;
  out.push_back({.kind = kind,
                 .name = text_at(*to, "name"),
                 .key = text_at(*to, "key"),
                 .from = std::move(from),
                 .place = to->place});
}

void read_variable(const Node& variable, std::vector<Mention>& out, std::vector<Reference>& refs) {
  const std::string name = text_at(variable, "name");
  if (name.empty()) return;
  if (const Node* const value = variable.find("value"); value != nullptr)
    add("env " + name, *value, kLongest, out);
  const Node* const source = variable.find("valueFrom");
  if (source == nullptr || !source->is_mapping()) return;
  refer("ConfigMap", source->find("configMapKeyRef"), "env " + name, refs);
  refer("Secret", source->find("secretKeyRef"), "env " + name, refs);
}

}  // namespace

void read_mentions(const Node& container, std::vector<Mention>& out, std::vector<Reference>& refs) {
  if (const Node* env = container.find("env"); env != nullptr) {
    for (const Node& variable : env->items) read_variable(variable, out, refs);
  }
  if (const Node* all = container.find("envFrom"); all != nullptr) {
    for (const Node& one : all->items) {
      if (!one.is_mapping()) continue;
      refer("ConfigMap", one.find("configMapRef"), "envFrom", refs);
      refer("Secret", one.find("secretRef"), "envFrom", refs);
    }
  }
  for (const char* list : {"command", "args"}) {
    const Node* const words = container.find(list);
    if (words == nullptr) continue;
    for (const Node& word : words->items) add(list, word, kLongest, out);
  }
}

void read_volumes(const Node& spec, std::vector<Reference>& out) {
  const Node* const volumes = spec.is_mapping() ? spec.find("volumes") : nullptr;
  if (volumes == nullptr) return;
  for (const Node& one : volumes->items) {
    if (one.is_mapping()) refer("ConfigMap", one.find("configMap"), "volume", out);
  }
}

ConfigMap read_config_map(const Node& object) {
  ConfigMap out;
  if (const Node* metadata = object.find("metadata"); metadata != nullptr) {
    out.meta.name = text_at(*metadata, "name");
    out.meta.ns = text_at(*metadata, "namespace");
  }
  if (out.meta.ns.empty()) out.meta.ns = "default";
  out.meta.place = object.place;
  const Node* const data = object.find("data");
  if (data == nullptr || !data->is_mapping()) return out;
  for (const Node::Member& one : data->members) add(one.key, one.value, kLongestFile, out.data);
  return out;
}

}  // namespace squall::config
