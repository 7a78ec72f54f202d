#include "decisions/families.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/alike.h"

namespace squall::decisions {

std::string number_families(const Start& start, std::span<policies::Epoch> epochs) {
  std::map<std::uint32_t, std::vector<int>> families;
  for (int i = 0; i < start.bootstraps_size(); ++i) {
    if (const std::uint32_t family = start.bootstraps(i).family(); family != 0)
      families[family].push_back(i);
  }
  for (const auto& [family, members] : families) {
    std::vector<policies::Epoch> own;
    std::vector<policies::ClusterNumbers> numbers;
    for (const int i : members) {
      own.push_back(std::move(epochs[static_cast<std::size_t>(i)]));
      const auto& its = start.bootstraps(i).clusters();
      numbers.emplace_back(its.begin(), its.end());
    }
    const std::string_view wrong = policies::number_alike(own, numbers, family);
    if (!wrong.empty()) return std::string(wrong);
    for (std::size_t i = 0; i < members.size(); ++i)
      epochs[static_cast<std::size_t>(members[i])] = std::move(own[i]);
  }
  return {};
}

}  // namespace squall::decisions
