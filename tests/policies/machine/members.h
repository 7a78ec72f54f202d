// Members: the shell of a test whose cluster's hosts come and go.
#pragma once
#include <deque>

#include "tests/policies/machine/shell.h"

namespace squall::policies {

class Members : public Shell {
 public:
  using Shell::Shell;

  void hosts(std::vector<bool> absent) {
    told_.push_back(configuration.layout_without(0, std::move(absent)));
    event([&] {
      worker.on_hosts(0, told_.back(), now);
      control.on_hosts(0, told_.back(), now);
    });
  }

 private:
  std::deque<lb::ClusterLayout> told_;
};

}  // namespace squall::policies
