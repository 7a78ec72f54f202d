// `sidecar` and `addresses`: an Envoy configuration instead of what the mesh's manifests make, and
// the addresses by which it names replicas.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "config/names.h"
#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Node;
using config::Value;

constexpr config::IntegerRange kWorkers{.least = 1, .most = 1000};

/// "10.0.0.7:8080" or "[fd00::7]:8080".
bool is_socket_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view address = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  int port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_port = failure == std::errc() && end == digits.data() + digits.size();
  return is_port && port > 0 && port <= 65535 && bracketed == address.contains(':') &&
         config::is_address(std::string(address));
}

/// The one document of a file beside the scenario.
std::optional<Node> load(const Value& value, const std::filesystem::path& folder) {
  const std::optional<std::string> path = value.text();
  if (!path) return std::nullopt;
  Result<std::vector<Node>> documents = config::load_documents((folder / *path).string());
  if (!documents) {
    value.diagnostics().add(documents.error());
    return std::nullopt;
  }
  if (documents->size() != 1) {
    value.error(fmt::format("{} has {} documents", *path, documents->size()),
                "name a file with one, an Envoy bootstrap or config_dump");
    return std::nullopt;
  }
  return std::move(documents->front());
}

}  // namespace

void read_addresses(Fields& fields, std::vector<ReplicaAddress>& out) {
  fields.list("addresses", [&](const Value& item) {
    const std::optional<std::string> text = item.text();
    if (!text) return;
    const auto same = [&](const ReplicaAddress& one) { return one.text == *text; };
    if (!is_socket_address(*text)) {
      item.expected("an address and a port, as in 10.0.0.7:8080");
    } else if (std::ranges::any_of(out, same)) {
      item.error(fmt::format("{} is another replica's", *text), "each has its own");
    } else {
      out.push_back({.text = *text, .place = item.place()});
    }
  });
}

void read_sidecar(const Value& value, const std::filesystem::path& folder, Workload& out) {
  if (!value || !value.is_mapping()) return;
  Fields f(value);
  if (!f.integer("workers", out.sidecar_workers, kWorkers)) f.require("envoy");
  const Value envoy = f["envoy"];
  if (envoy) out.envoy = envoy.node().is_mapping() ? envoy.node() : load(envoy, folder);
  f.finish();
}

void read_sidecar_cost(Fields& fields, SidecarCost& out) {
  fields.integer("workers", out.workers, kWorkers);
  fields.duration("cpu", out.cpu, kDurations);
  fields.object("memory", [&](Fields& f) {
    SidecarCost::Memory memory;
    f.require("connection", "write connection: 20Ki");
    f.require("limit");
    f.size("base", memory.base);
    f.size("connection", memory.connection);
    f.size("limit", memory.limit);
    if (f["limit"] && memory.base > memory.limit) {
      f["base"].error("is more than limit", "leave room for connections");
    } else if (f["limit"] && memory.limit - memory.base < memory.connection) {
      f["limit"].error("has no room for a connection beside base", "let it be more");
    }
    out.memory = memory;
  });
}

}  // namespace squall::scenarios
