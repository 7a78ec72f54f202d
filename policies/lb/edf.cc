#include "policies/lb/edf.h"

#include <algorithm>

#include "policies/base/check.h"

namespace squall::policies::lb {
namespace {
constexpr std::uint64_t kMostPicks = 429'496'729;  // Envoy's bound on the turns that it emulates
constexpr double kWeightOffset = 1e-13;            // as there, against rounding at whole rounds
}  // namespace

bool Edf::later(const Turn& a, const Turn& b) {
  if (a.deadline != b.deadline) return a.deadline > b.deadline;
  return static_cast<std::int32_t>(a.order - b.order) > 0;  // the count may wrap
}

std::uint32_t Edf::start(std::uint64_t picks) {
  picks %= kMostPicks;
  const auto turns = static_cast<double>(picks);
  double sum = 0;
  for (Turn& turn : heap_) {
    turn.deadline += kWeightOffset;
    sum += turn.deadline;
  }
  now_ = 0;
  order_ = 0;
  std::uint64_t taken = 0;
  for (Turn& turn : heap_) {
    const double weight = turn.deadline;
    auto own = static_cast<std::uint32_t>(weight * turns / sum);
    if (own > 0 && own / weight >= turns / sum) --own;
    now_ = std::max(now_, own / weight);
    taken += own;
    turn = {(own + 1.0) / weight, order_, order_};
    ++order_;
  }
  std::make_heap(heap_.begin(), heap_.end(), later);
  return heap_.empty() ? 0 : static_cast<std::uint32_t>(picks - taken);
}

void Edf::add(std::uint32_t entry, double weight) {
  heap_.push_back({now_ + 1.0 / weight, order_++, entry});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::uint32_t Edf::take() {
  SQUALL_DCHECK(!heap_.empty());
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Turn turn = heap_.back();
  heap_.pop_back();
  now_ = turn.deadline;
  return turn.entry;
}

}  // namespace squall::policies::lb
