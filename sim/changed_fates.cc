#include "sim/changed_fates.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/response_flags.h"

namespace squall::sim {

std::string fate_text(const Fate& fate) {
  if (!fate.ended) return "never answered";
  std::string text = fate.status > 0 ? fmt::format("{}", fate.status) : "reset";
  if (fate.grpc_status > 0) text += fmt::format(" grpc-status {}", fate.grpc_status);
  char before = ' ';
  for (std::uint64_t rest = fate.flags; rest != 0; rest >>= 8) {
    text += before;
    text += policies::short_name(static_cast<policies::ResponseFlag>(rest & 0xff));
    before = ',';
  }
  return text;
}

ChangedFates::ChangedFates(const Model& before, const Fates& one, const Model& after,
                           const Fates& other) {
  for (std::uint32_t i = 0; i < before.loads.size(); ++i) {
    const LoadModel& load = before.loads[i];
    const auto same = std::ranges::find(after.loads, load.name, &LoadModel::name);
    if (same == after.loads.end() || same->load->kind != load.load->kind) continue;
    const auto k = static_cast<std::uint32_t>(same - after.loads.begin());
    loads_.emplace_back().name = load.name;
    compare({.before_load = i,
             .after_load = k,
             .closed = load.load->kind == scenarios::Load::Kind::kClosed,
             .before = {},
             .after = {}},
            one.load(i), other.load(k));
  }
}

void ChangedFates::compare(const ChangedFate& numbers, const Fates::OfLoad& one,
                           const Fates::OfLoad& other) {
  OfLoad& load = loads_.back();
  load.not_kept = std::max(one.not_kept, other.not_kept);
  auto a = one.list.begin();
  auto b = other.list.begin();
  while (a != one.list.end() || b != other.list.end()) {
    if (b == other.list.end() || (a != one.list.end() && a->key < b->key)) {
      ++load.only_before, ++a;
      continue;
    }
    if (a == one.list.end() || b->key < a->key) {
      ++load.only_after, ++b;
      continue;
    }
    ++load.compared;
    if (!a->same_end(*b)) {
      ++load.changed;
      Kind& kind = load.kinds[{fate_text(*a), fate_text(*b)}];
      ++kind.requests;
      if (kind.first.size() < kExamples) {
        ChangedFate& changed = kind.first.emplace_back(numbers);
        changed.before = *a;
        changed.after = *b;
      }
    }
    ++a, ++b;
  }
}

void ChangedFates::merge(ChangedFates other) {
  const bool none =
      std::ranges::all_of(loads_, [](const OfLoad& one) { return one.kinds.empty(); });
  if (none) seed_ = seeds_;
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    OfLoad& into = loads_[i];
    OfLoad& from = other.loads_[i];
    into.compared += from.compared;
    into.changed += from.changed;
    into.only_before += from.only_before;
    into.only_after += from.only_after;
    into.not_kept += from.not_kept;
    for (auto& [fates, kind] : from.kinds) {
      Kind& own = into.kinds[fates];
      own.requests += kind.requests;
      if (none) own.first = std::move(kind.first);
    }
  }
  ++seeds_;
}

void ChangedFates::put(reports::DiffReport& out) const {
  for (const OfLoad& load : loads_) {
    reports::ComparedRequests& row = *out.add_requests();
    row.set_load(load.name);
    row.set_compared(load.compared);
    row.set_changed(load.changed);
    row.set_only_before(load.only_before);
    row.set_only_after(load.only_after);
    row.set_not_kept(load.not_kept);
    for (const auto& [fates, kind] : load.kinds) {
      reports::FateChange& change = *row.add_fates();
      change.set_before(fates.first);
      change.set_after(fates.second);
      change.set_requests(kind.requests);
    }
    std::stable_sort(row.mutable_fates()->begin(), row.mutable_fates()->end(),
                     [](const auto& a, const auto& b) { return a.requests() > b.requests(); });
  }
}

std::vector<ChangedFate> ChangedFates::examples() const {
  std::vector<const Kind*> kinds;
  for (const OfLoad& load : loads_) {
    for (const auto& [fates, kind] : load.kinds) kinds.push_back(&kind);
  }
  std::ranges::stable_sort(kinds,
                           [](const Kind* a, const Kind* b) { return a->requests > b->requests; });
  std::vector<ChangedFate> out;
  for (std::size_t turn = 0; turn < kExamples; ++turn) {
    for (const Kind* kind : kinds) {
      if (turn < kind->first.size() && out.size() < kExamples) out.push_back(kind->first[turn]);
    }
  }
  return out;
}

}  // namespace squall::sim
