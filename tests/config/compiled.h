// A mesh from its text, and the views of its clients.
#pragma once
#include "config/compile.h"
#include "tests/config/mesh_text.h"

namespace squall::config {

/// REQUIRES: nothing is wrong with the text.
struct Compiled {
  explicit Compiled(std::string_view text, MeshOptions options = {})
      : resources(good_mesh(text)), mesh(resources, {}, std::move(options)) {}
  const View& view(std::string_view client) {
    const auto found = mesh.find_client(client);
    EXPECT_TRUE(found);
    held.push_back(mesh.view_of(**found));
    return *held.back();
  }

  Resources resources;
  Mesh mesh;
  std::vector<std::shared_ptr<const View>> held;
};

}  // namespace squall::config
