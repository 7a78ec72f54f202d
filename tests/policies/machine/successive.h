// Successive: the shell of a test whose configuration changes. Two clusters of the same name follow
// each other; the second has other settings.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "policies/alike.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {

inline std::vector<Epoch> alike(const Plan& first, const Plan& second) {
  std::vector<Epoch> epochs{first.epoch(), second.epoch()};
  std::vector<ClusterNumbers> numbers(2);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t k = 0; k < epochs[i].clusters.size(); ++k) numbers[i].push_back(next++);
  }
  const std::string_view wrong = number_alike(epochs, numbers, 1);
  SQUALL_CHECK(wrong.empty());
  return epochs;
}

class Successive : public Shell {
 public:
  Successive(const Plan& first, const Plan& second) : Successive(alike(first, second)) {}

  void change() { become(next_); }
  void change_back() { become(configuration); }

 private:
  explicit Successive(std::vector<Epoch> epochs)
      : Shell(std::move(epochs[0])), next_(std::move(epochs[1])) {}
  void become(const Configuration& next) {
    event([&] {
      worker.on_config(next, now);
      control.on_config(next, now);
    });
  }

  Configuration next_;
};

}  // namespace squall::policies
