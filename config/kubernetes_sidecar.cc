#include "config/kubernetes_sidecar.h"

#include "config/kubernetes_scaling.h"

namespace squall::config {
namespace {

/// A ProxyConfig within a text.
void read_proxy_config(const Value& value, SidecarAnnotations& out) {
  const std::optional<std::string> text = value.text();
  if (!text) return;
  const Result<std::vector<Node>> read = parse_documents(*text, {});
  const Node* const root = read && read->size() == 1 ? &read->front() : nullptr;
  if (root == nullptr || !root->is_mapping())
    return value.expected("a mapping such as \"concurrency: 2\"");
  for (const Node::Member& member : root->members) {
    if (member.key != "concurrency") {
      if (out.other_settings.line == 0) out.other_settings = value.place();
      continue;
    }
    const std::optional<std::int64_t> workers = member.value.as_int();
    if (!workers || *workers < 0 || *workers > 1000)
      return value.error("concurrency is no whole number from 0 to 1000", "write concurrency: 2");
    out.concurrency = static_cast<int>(*workers);
  }
}

}  // namespace

void read_sidecar_annotations(const Value& annotations, SidecarAnnotations& out) {
  if (!annotations || !annotations.node().is_mapping()) return;
  for (const Node::Member& member : annotations.node().members) {
    const Value value = annotations.member(member);
    if (member.key == "proxy.istio.io/config") read_proxy_config(value, out);
    if (member.key == "sidecar.istio.io/proxyCPULimit") out.cpu_limit = read_cpu(value).value_or(0);
    if (member.key == "sidecar.istio.io/proxyMemoryLimit")
      out.memory_limit = value.size().value_or(0);
  }
}

}  // namespace squall::config
