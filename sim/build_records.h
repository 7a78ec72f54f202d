// What a Builder knows of callers and of later meshes while it goes.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "config/compile.h"
#include "config/resources.h"

namespace squall::sim {

/// Whom a workload calls.
struct Caller {
  std::set<std::string> hosts;         // of Services, fully qualified
  std::set<config::CalledHost> calls;  // as written
  bool gateway = false;                // whatever its routes lead to
};

/// The mesh after a change of its rules.
struct LaterMesh {
  config::Resources resources;
  std::unique_ptr<config::Mesh> mesh;
};

}  // namespace squall::sim
