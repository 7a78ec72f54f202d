// `squall compile`: what istiod would push to one proxy.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "config/compile.h"

namespace squall::cli {
namespace {

struct CompileOptions {
  std::vector<std::string> manifests;
  std::string mesh_config, client, to = "envoy", file = "-";
};

std::optional<config::MeshConfig> read_mesh(const std::string& path, Diagnostics& problems) {
  if (path.empty()) return config::MeshConfig{};
  const auto documents = config::load_documents(path);
  if (!documents) {
    problems.add(documents.error());
    return std::nullopt;
  }
  if (documents->empty()) return config::MeshConfig{};
  auto mesh = config::read_mesh_config(documents->front());
  if (mesh) return std::move(*mesh);
  problems.add(mesh.error());
  return std::nullopt;
}

int compile(const CompileOptions& options) {
  Diagnostics problems;
  config::Resources resources;
  if (!resources.load(options.manifests, problems)) {
    print_messages(problems);
    return kBadInput;
  }
  resources.note_skipped(problems);
  const auto mesh_config = read_mesh(options.mesh_config, problems);
  if (!mesh_config) {
    print_messages(problems);
    return kBadInput;
  }
  config::Mesh mesh(resources, *mesh_config);
  const auto client = mesh.find_client(options.client);
  if (client) {
    mesh.warn_unresolved(problems);
  } else {
    problems.add(client.error());
  }
  // What an API server would refuse is left out of the mesh, as in a cluster; the rest is compiled.
  print_messages(problems);
  if (!client) return kBadInput;
  const auto view = mesh.view_of(**client);
  const config::Json json =
      options.to == "golden" ? view->golden()
                             : config::to_bootstrap_outbound(*view, config::BootstrapFor::kProxy);
  Output output;
  output.file = options.file;
  return output.write(json.dump(1) + "\n") ? kYes : kBadInput;
}

}  // namespace

void add_compile(CLI::App& app, int& status) {
  CLI::App& command = *app.add_subcommand(
      "compile", "print what istiod would push to a proxy, as Envoy configuration");
  auto options = std::make_shared<CompileOptions>();
  command
      .add_option("--manifests", options->manifests,
                  "files or folders of Kubernetes and Istio YAML")
      ->required()
      ->type_name("PATH...");
  command.add_option("--mesh-config", options->mesh_config, "a MeshConfig")->type_name("FILE");
  command
      .add_option("--for", options->client,
                  "the client: POD or WORKLOAD, with .NAMESPACE where there are two")
      ->required()
      ->type_name("NAME");
  command
      .add_option("--to", options->to,
                  "envoy: a static bootstrap; golden: routes, clusters and endpoints")
      ->check(CLI::IsMember({"envoy", "golden"}));
  command.add_option("-o,--output", options->file, "write it to FILE")->type_name("FILE");
  command.footer(
      "Example:\n  squall compile --manifests scenarios/library/bookstore/manifests/web.yaml "
      "scenarios/library/bookstore/manifests/payment-service.yaml --for web -o web.json\n"
      "  squall-proxy -c web.json --mode validate");
  command.callback([&status, options] { status = compile(*options); });
}

}  // namespace squall::cli
