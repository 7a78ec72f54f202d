// side_by_side: pieces of work that know nothing of each other, on several threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace squall::sim {

/// Calls work(0) ... work(count - 1), `jobs` of them at a time, in no order; once `stop` is set no
/// more begin.
template <class Work>
void side_by_side(std::size_t count, int jobs, const std::atomic<bool>* stop, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (stop != nullptr && *stop) return;
      work(i);
    }
  };
  std::vector<std::thread> others;
  const auto wanted = std::min(static_cast<std::size_t>(std::max(jobs, 1)), count);
  for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(take);
  take();
  for (std::thread& other : others) other.join();
}

}  // namespace squall::sim
