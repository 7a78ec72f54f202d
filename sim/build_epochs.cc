// Epochs of a Model: the mesh's configuration after each change of its rules, with clusters and
// hosts numbered once for the whole run.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "scenarios/manifests.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

using config::ClusterTransport;
using config::Json;
using config::Node;

bool is_same(const ClusterTransport* one, const ClusterTransport* other) {
  if (one == nullptr || other == nullptr) return one == other;
  return one->usual == other->usual && one->plain == other->plain &&
         one->declared_http == other->declared_http && one->mode == other->mode &&
         (one->rule == nullptr) == (other->rule == nullptr);
}

bool are_same(const std::map<std::string, ClusterTransport>& some,
              const std::map<std::string, ClusterTransport>& others) {
  return std::ranges::equal(some, others, [](const auto& one, const auto& other) {
    return one.first == other.first && is_same(&one.second, &other.second);
  });
}

/// A cluster without the place where its DestinationRule stands, which decides nothing.
Json without_place(Json cluster) {
  const Json::json_pointer istio("/metadata/filter_metadata/istio");
  if (!cluster.contains(istio)) return cluster;
  cluster[istio].erase("file");
  cluster[istio].erase("line");
  return cluster;
}

/// Gives the clusters of one epoch after the other their numbers.
class Numbers {
 public:
  /// One that is as it was in the epoch before keeps its number; every other is new.
  policies::ClusterNumbers add(const Json& bootstrap, const config::View& view) {
    policies::ClusterNumbers numbers;
    std::map<std::string, Cluster> now;
    for (const Json& written : bootstrap["static_resources"]["clusters"]) {
      Json cluster = without_place(written);
      const auto name = cluster["name"].get<std::string>();
      const auto at = view.transports.find(name);
      const ClusterTransport* const transport = at == view.transports.end() ? nullptr : &at->second;
      const auto before = latest_.find(name);
      const bool stays = before != latest_.end() && before->second.config == cluster &&
                         is_same(before->second.transport, transport);
      const std::uint32_t number = stays ? before->second.number : count();
      if (!stays) views_.push_back(&view);
      numbers.push_back(number);
      now.insert_or_assign(
          name, Cluster{.number = number, .config = std::move(cluster), .transport = transport});
    }
    latest_ = std::move(now);
    return numbers;
  }
  /// By number, where a cluster came from.
  const std::vector<const config::View*>& views() const { return views_; }

 private:
  struct Cluster {
    std::uint32_t number = 0;
    Json config;
    const ClusterTransport* transport = nullptr;
  };
  std::uint32_t count() const { return static_cast<std::uint32_t>(views_.size()); }

  std::map<std::string, Cluster> latest_;
  std::vector<const config::View*> views_;
};

}  // namespace

/// Manifests as they are after the change; an error where there is nothing to delete.
std::vector<Node> Builder::change(std::vector<Node> documents, const scenarios::Change& change) {
  const auto find = [&](const auto& is_meant) {
    return std::ranges::find_if(documents, [&](const Node& one) {
      const std::optional<scenarios::ManifestName> its = scenarios::manifest_name(one);
      return its && is_meant(*its);
    });
  };
  for (const scenarios::ResourceName& gone : change.deleted) {
    const auto at = find([&](const scenarios::ManifestName& its) {
      return its.kind == gone.kind && its.space == gone.space && its.name == gone.name;
    });
    if (at == documents.end()) {
      add(Severity::kError, gone.place,
          fmt::format("there is no {} to delete at {}", gone.text(), to_string(change.at)),
          "name one of the manifests or of an earlier change");
    } else {
      documents.erase(at);
    }
  }
  for (const Node& document : change.applied) {
    const std::optional<scenarios::ManifestName> name = scenarios::manifest_name(document);
    const auto at = find([&](const scenarios::ManifestName& its) { return its == name; });
    at == documents.end() ? documents.push_back(document) : void(*at = document);
  }
  return documents;
}

/// A mesh for each change of rules, in the order of their times.
void Builder::add_epochs() {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < model_->changes.size(); ++i) {
    if (model_->changes[i].change->kind == scenarios::Change::Kind::kConfigure) order.push_back(i);
  }
  std::ranges::stable_sort(order, {},
                           [&](std::uint32_t i) { return model_->changes[i].change->at; });
  std::vector<Node> documents = scenario_.manifests;
  for (const std::uint32_t i : order) {
    const scenarios::Change& its = *model_->changes[i].change;
    config::Resources applied;
    applied.add(its.applied, problems_);
    applied.warn_not_simulated(problems_);
    documents = change(std::move(documents), its);
    LaterMesh& later = *later_.emplace_back(std::make_unique<LaterMesh>());
    model_->changes[i].epoch = static_cast<std::uint32_t>(later_.size());
    Diagnostics known;  // the rest was said of the mesh as it begins
    later.resources.add(documents, known);
    for (const std::vector<Node>& made_up : made_up_documents_) later.resources.add(made_up, known);
    later.mesh =
        std::make_unique<config::Mesh>(later.resources, config::MeshConfig{}, mesh_options_);
  }
  warn_of_last();
}

/// Names that stand for nothing once all has changed: on the way there that is what a run is for.
void Builder::warn_of_last() {
  if (later_.empty()) return;
  Diagnostics last;
  later_.back()->mesh->warn_unresolved(last);
  for (const Diagnostic& one : last.all()) {
    const auto is_known = [&](const Diagnostic& said) { return to_string(said) == to_string(one); };
    if (std::ranges::none_of(problems_.all(), is_known)) problems_.add(one);
  }
}

/// What becomes of a configuration with the mesh's changes, and its rules. The result is by number
/// of a cluster: whence it came.
Builder::Views Builder::add_later(const Views& views, Json json, Bootstrap first,
                                  ConfigurationModel& out) {
  Numbers numbers;
  std::vector<policies::Epoch> epochs;
  std::vector<policies::ClusterNumbers> all;
  const auto add_epoch = [&](Bootstrap read, const config::View& view) {
    epochs.push_back(std::move(read.epoch));
    const policies::ClusterNumbers& its = all.emplace_back(numbers.add(json, view));
    for (std::size_t i = 0; i < its.size(); ++i) {
      if (its[i] == out.cluster_origins.size()) out.cluster_origins.push_back(read.origins[i]);
    }
  };
  add_epoch(std::move(first), *views.front());
  for (std::uint32_t i = 1; i < views.size(); ++i) {
    Json next = config::to_bootstrap_outbound(*views[i], config::BootstrapFor::kSimulator);
    if (next == json && are_same(views[i]->transports, views[i - 1]->transports)) continue;
    json = std::move(next);
    std::optional<Bootstrap> read_one = read(config::to_node(json), out);
    if (!read_one) continue;
    add_epoch(*std::move(read_one), *views[i]);
    LaterConfiguration& later = out.later.emplace_back();
    later.epoch = i;
    if (options_.keep_bootstraps) later.bootstrap = json.dump();
  }
  const auto family = static_cast<std::uint32_t>(model_->configurations.size());
  if (!out.later.empty()) {
    const std::string_view wrong = policies::number_alike(epochs, all, family);
    if (!wrong.empty())
      add(Severity::kError, model_->scenario->changes.front().place,
          fmt::format("{} cannot change to these rules while it runs: {}",
                      model_->workloads[out.source].name, wrong),
          "compare two runs");
    out.numbers = std::move(all.front());
  }
  out.rules = std::make_unique<policies::Configuration>(std::move(epochs.front()));
  for (std::size_t i = 0; i < out.later.size(); ++i) {
    out.later[i].rules = std::make_unique<policies::Configuration>(std::move(epochs[i + 1]));
    out.later[i].numbers = std::move(all[i + 1]);
  }
  return numbers.views();
}

/// Behind those that runs begin with.
void Builder::number_later() {
  auto next = static_cast<std::uint32_t>(model_->configurations.size());
  for (ConfigurationModel& one : model_->configurations) {
    for (LaterConfiguration& later : one.later) later.number = next++;
  }
}

}  // namespace squall::sim
