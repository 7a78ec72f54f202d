#include "reports/astray.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"

namespace squall::reports {
namespace {

template <class Message>
std::uint64_t without_route(const Message& message) {
  const auto found = message.flags().find("NR");
  return found == message.flags().end() ? 0 : found->second;
}

}  // namespace

void Astray::add_side(const RunReport& report, Side Row::* side) {
  for (const Load& load : report.loads()) {
    Side& row = ways_[fmt::format("load {}", load.name())].*side;
    row.requests += load.requests();
    row.unrouted += without_route(load);
  }
  // Those without a destination stand in a row of their own.
  for (const Edge& edge : report.edges()) {
    Side& row = ways_[fmt::format("{} -> {}", edge.source(), edge.service())].*side;
    row.requests += edge.requests();
    row.unrouted += without_route(edge);
  }
  for (const Workload& workload : report.workloads())
    (workloads_[workload.name()].*side).requests += workload.requests();
}

void Astray::add(const RunReport& before, const RunReport& after) {
  add_side(before, &Row::before);
  add_side(after, &Row::after);
  known_causes_.insert(before.causes().begin(), before.causes().end());
  for (const std::string& cause : after.causes()) {
    if (std::ranges::find(causes_, cause) == causes_.end()) causes_.push_back(cause);
  }
}

bool Astray::unrouted() const {
  return std::ranges::any_of(ways_, [](const auto& one) { return one.second.strays(); });
}

std::vector<std::string> Astray::texts() const {
  std::vector<std::string> out;
  for (const auto& [name, row] : ways_) {
    if (row.strays())
      out.push_back(fmt::format("{}: {} of {} match no route (NR, answered 404), before {} of {}",
                                name, row.after.unrouted, counted(row.after.requests, "request"),
                                row.before.unrouted, row.before.requests));
  }
  if (!out.empty()) {
    for (const std::string& cause : causes_) {
      if (!known_causes_.contains(cause)) out.push_back(cause);
    }
  }
  for (const auto& [name, row] : workloads_) {
    if (row.before.requests > 0 && row.after.requests == 0)
      out.push_back(fmt::format("{}: no request comes to it, before {}", name,
                                counted(row.before.requests, "request")));
  }
  return out;
}

}  // namespace squall::reports
