// Bootstraps that a mesh is compiled to.
#include <filesystem>

#include "config/bootstrap.h"
#include "config/compile.h"
#include "tests/config/compiled.h"
#include "tests/config/shop_mesh.h"
#include "tests/support/shared.h"

namespace squall::config {
namespace {

TEST(CompileBootstrap, ABootstrapHasAListenerAPort) {
  Compiled c(kShopMesh);
  const Json out = to_bootstrap_outbound(c.view("api"), BootstrapFor::kSimulator);
  const auto read = read_bootstrap(to_node(out));
  ASSERT_TRUE(read) << lines_of(read.error())[0];
  ASSERT_EQ(read->listeners.size(), 1U);
  EXPECT_EQ(read->listeners[0].address.port, 80);
  const policies::VirtualHost& host = read->epoch.listeners[0].routes.hosts[0];
  EXPECT_EQ(host.name, "api.shop.svc.cluster.local:80");
  EXPECT_EQ(host.routes.size(), 2U);
}

TEST(CompileBootstrap, TheInboundSideLeadsToTheApplicationWithItsOwnRetries) {
  Compiled c(kShopMesh);
  const Json out = to_bootstrap_inbound(c.view("api"), c.mesh.pods()[0], BootstrapFor::kSimulator);
  const auto read = read_bootstrap(to_node(out));
  ASSERT_TRUE(read) << lines_of(read.error())[0];
  ASSERT_EQ(read->listeners.size(), 1U);
  EXPECT_EQ(read->listeners[0].address.port, 8080);
  ASSERT_EQ(read->epoch.clusters.size(), 1U);
  EXPECT_EQ(read->epoch.clusters[0].hosts[0].address, "127.0.0.1");
}

TEST(CompileBootstrap, TheMeshSaysHowPathsAreNormalized) {
  const auto target = [](PathNormalization normalization) {
    const Resources resources = good_mesh(kShopMesh);
    MeshConfig config;
    config.path_normalization = normalization;
    Mesh mesh(resources, config);
    const auto view = mesh.view_of(**mesh.find_client("api"));
    const auto read =
        read_bootstrap(to_node(to_bootstrap_outbound(*view, BootstrapFor::kSimulator)));
    return read->epoch.listeners[0].target;
  };
  using policies::EscapedSlashes;
  EXPECT_FALSE(target(PathNormalization::kNone).normalize_path);
  EXPECT_TRUE(target(MeshConfig().path_normalization).normalize_path);
  EXPECT_FALSE(target(PathNormalization::kBase).merge_slashes);
  EXPECT_TRUE(target(PathNormalization::kMergeSlashes).merge_slashes);
  EXPECT_EQ(target(PathNormalization::kMergeSlashes).escaped_slashes, EscapedSlashes::kKeep);
  const policies::TargetRules all = target(PathNormalization::kDecodeAndMergeSlashes);
  EXPECT_TRUE(all.normalize_path && all.merge_slashes);
  EXPECT_EQ(all.escaped_slashes, EscapedSlashes::kForward);
}

TEST(CompileBootstrap, EveryGoldenMeshMakesABootstrapThatTheReaderTakes) {
  const auto root = testing::shared_path("data/istiod-goldens");
  if (!root) GTEST_SKIP() << testing::kNoShared;
  int views = 0;
  for (const auto& folder : std::filesystem::directory_iterator(*root)) {
    if (!folder.is_directory()) continue;
    Diagnostics diagnostics;
    Resources resources;
    resources.load({folder.path().string()}, diagnostics);
    Mesh mesh(resources, {});
    for (const MeshPod& pod : mesh.pods()) {
      const auto view = mesh.view_of(pod);
      for (const bool inbound : {false, true}) {
        const Json json = inbound ? to_bootstrap_inbound(*view, pod, BootstrapFor::kSimulator)
                                  : to_bootstrap_outbound(*view, BootstrapFor::kSimulator);
        const auto read = read_bootstrap(to_node(json));
        ++views;
        if (!read) ADD_FAILURE() << folder.path() << pod.name << lines_of(read.error())[0];
      }
    }
  }
  EXPECT_GT(views, 200);
}

}  // namespace
}  // namespace squall::config
