#include "config/provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace squall::config {
namespace {

/// "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/app" as people name it.
std::string resource_of(const std::string& config) {
  constexpr std::string_view kSpace = "/namespaces/";
  constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"/virtual-service/", "VirtualService"}, {"/destination-rule/", "DestinationRule"}};
  const std::size_t space = config.find(kSpace);
  for (const auto& [written, kind] : kKinds) {
    const std::size_t at = config.rfind(written);
    if (at == std::string::npos || space == std::string::npos || space > at) continue;
    const std::size_t begin = space + kSpace.size();
    return fmt::format("{} {}/{}", kind, config.substr(begin, at - begin),
                       config.substr(at + written.size()));
  }
  return config;
}

}  // namespace

policies::Provenance provenance_of(const Node& owner) {
  policies::Provenance out;
  const Node* at = owner.is_mapping() ? owner.find("metadata") : nullptr;
  for (const std::string_view key : {"filter_metadata", "istio"})
    at = at != nullptr && at->is_mapping() ? at->find(key) : nullptr;
  if (at == nullptr || !at->is_mapping()) return out;
  if (const Node* config = at->find("config"); config != nullptr && config->is_scalar())
    out.resource = resource_of(config->text);
  if (const Node* file = at->find("file"); file != nullptr && file->is_scalar())
    out.file = file->text;
  const auto number = [&](std::string_view key) {
    const Node* node = at->find(key);
    return node != nullptr ? node->as_int().value_or(-1) : -1;
  };
  constexpr std::int64_t kMost = 1'000'000'000;
  out.line = static_cast<int>(std::clamp<std::int64_t>(number("line"), 0, kMost));
  out.rule = static_cast<int>(std::clamp<std::int64_t>(number("rule"), -1, kMost));
  return out;
}

std::vector<policies::Provenance> cluster_provenances(const Node& bootstrap) {
  std::vector<policies::Provenance> out;
  const Node* at = &bootstrap;
  for (const std::string_view key : {"static_resources", "clusters"})
    at = at != nullptr && at->is_mapping() ? at->find(key) : nullptr;
  if (at == nullptr) return out;
  for (const Node& cluster : at->items) out.push_back(provenance_of(cluster));
  return out;
}

}  // namespace squall::config
