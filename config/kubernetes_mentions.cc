#include "config/kubernetes_mentions.h"

namespace squall::config {
namespace {

constexpr std::size_t kLongest = 4096;

void add(std::string from, const Node& value, std::vector<Mention>& out) {
  if (!value.is_scalar() || value.text.empty() || value.text.size() > kLongest) return;
  out.push_back({.from = std::move(from), .text = value.text, .place = value.place});
}

}  // namespace

void read_mentions(const Node& container, std::vector<Mention>& out) {
  if (const Node* env = container.find("env"); env != nullptr) {
    for (const Node& variable : env->items) {
      const Node* const name = variable.find("name");
      const Node* const value = variable.find("value");
      if (name != nullptr && value != nullptr) add("env " + name->text, *value, out);
    }
  }
  for (const char* list : {"command", "args"}) {
    const Node* const words = container.find(list);
    if (words == nullptr) continue;
    for (const Node& word : words->items) add(list, word, out);
  }
}

}  // namespace squall::config
