// The lab's steps and lanes.
#include <algorithm>

#include <fmt/format.h>

#include "policies/machine/stats_view.h"
#include "sim/lab/world.h"

namespace squall::sim::lab {

using scenarios::LabStep;

void World::next_step() {
  ++step_;
  begin_step();
}

/// Begins the steps that take no time one after another, until one has to wait.
void World::begin_step() {
  if (step_ == plan_.steps.size()) {
    engine_.stop();
    return;
  }
  const LabStep& step = plan_.steps[step_];
  step_began_ = engine_.now();
  switch (step.kind) {
    case LabStep::Kind::kSend:
      for (const scenarios::LabLane& lane : step.lanes) {
        lanes_.push_back({.plan = &lane, .next = 0, .step = step_, .over = lane.requests.empty()});
        after(lane.start, EventKind::kLane, lanes_.size() - 1);
      }
      if (step.background) after(step.time, EventKind::kStep, step_);
      return;
    case LabStep::Kind::kWait:
      return after(step.time, EventKind::kStep, step_);
    case LabStep::Kind::kAt:
      engine_.schedule(ready_at_ + step.time, make_event(EventKind::kStep, step_, 0, false, 0));
      return;
    case LabStep::Kind::kMark:
      record_.marks.emplace_back(step.id, engine_.now());
      return next_step();
    case LabStep::Kind::kJoin:
      if (std::ranges::all_of(lanes_, &Lane::over)) return next_step();
      return;
    case LabStep::Kind::kSet:
      carry_out_set(step);
      return next_step();
    case LabStep::Kind::kRuntime:
      return next_step();
    case LabStep::Kind::kHealth:
    case LabStep::Kind::kUntil:
    case LabStep::Kind::kStats:
    case LabStep::Kind::kProbes:
      looks_ = 0;
      engine_.arm(engine_.now(), make_event(EventKind::kLook, 0, 0, false, 0));
      return;
  }
}

void World::on_lane(std::size_t index) {
  Lane& lane = lanes_[index];
  if (lane.next < lane.plan->requests.size()) return start_request(index);
  lane.over = true;
  if (step_ >= plan_.steps.size()) return;
  const LabStep& step = plan_.steps[step_];
  if (step.kind == LabStep::Kind::kJoin && std::ranges::all_of(lanes_, &Lane::over))
    return next_step();
  if (step.kind == LabStep::Kind::kSend && !step.background && lane.step == step_ &&
      lanes_over(step_))
    next_step();
}

bool World::lanes_over(std::size_t step) const {
  return std::ranges::all_of(lanes_,
                             [&](const Lane& lane) { return lane.step != step || lane.over; });
}

void World::lane_request_done(Exchange& exchange) {
  after(lanes_[exchange.lane].plan->gap, EventKind::kLane, exchange.lane);
}

void World::carry_out_set(const LabStep& step) {
  for (const LabStep::Change& change : step.changes) {
    const auto backend = std::ranges::find_if(
        backends_, [&](const Backend& b) { return b.plan->name == change.endpoint; });
    if (backend == backends_.end()) continue;
    if (change.rules) {
      backend->rules = *change.rules;
      backend->met.assign(backend->rules.size(), 0);
    }
    bool drop = change.drop_connections;
    if (change.connect && *change.connect != backend->connect) {
      backend->connect = *change.connect;
      drop = true;
    }
    if (!drop) continue;
    const auto index = static_cast<std::uint32_t>(backend - backends_.begin());
    for (std::uint32_t i = 0; i < links_.size(); ++i) {
      if (links_[i].up && links_[i].backend == index) backend_closes(i);
    }
    for (std::uint32_t i = 0; i < check_links_.size(); ++i) {
      if (check_links_[i].up && check_links_[i].backend == index)
        backend_closes(kFirstCheckLink + i);
    }
  }
}

/// At the end of an instant: timers that were armed for it meanwhile go first, so it looks once
/// more.
void World::look() {
  if (looks_++ < 2) {
    engine_.arm(engine_.now(), make_event(EventKind::kLook, 0, 0, false, 0));
    return;
  }
  const LabStep& step = plan_.steps[step_];
  const auto query = [&]() -> QueryRecord& {
    return record_.queries.emplace_back(
        QueryRecord{.step = step_, .at = engine_.now(), .hosts = {}, .stats = {}, .began = {}});
  };
  switch (step.kind) {
    case LabStep::Kind::kHealth:
      query().hosts = host_flags(step.cluster);
      break;
    case LabStep::Kind::kProbes:
      query();
      break;
    case LabStep::Kind::kStats: {
      std::map<std::string, std::uint64_t> values;
      for (const std::string& name : step.names) values[name] = stat(name);
      query().stats = std::move(values);
      break;
    }
    case LabStep::Kind::kUntil: {
      const bool held = until_holds(step);
      if (!held && engine_.now() - step_began_ + step.time < step.timeout) {
        after(step.time, EventKind::kPoll, step_);
        return;
      }
      QueryRecord& row = query();
      row.began = step_began_;
      row.held = held;
      if (held && !step.mark.empty()) record_.marks.emplace_back(step.mark, engine_.now());
      break;
    }
    default:
      break;
  }
  after(Duration::zero(), EventKind::kStep, step_);
}

std::map<std::string, std::vector<std::string>> World::host_flags(
    const std::string& cluster) const {
  std::map<std::string, std::vector<std::string>> result;
  const std::uint32_t index = configuration_.epoch.find_cluster(cluster);
  if (index == kNone) return result;
  const policies::ClusterConfig& config = configuration_.epoch.clusters[index];
  const auto flags = control_.flags(index);
  for (std::size_t i = 0; i < config.hosts.size(); ++i) {
    const auto at = backend_at_.find({config.hosts[i].address, config.hosts[i].port});
    if (at == backend_at_.end()) continue;
    const policies::HealthFlags own =
        flags.empty() ? policies::HealthFlags(config.hosts[i].health) : flags[i];
    std::vector<std::string>& names = result[backends_[at->second].plan->name];
    std::string text = policies::to_string(own);
    if (text == "healthy") continue;
    for (std::size_t from = 1; from < text.size();) {
      const std::size_t slash = std::min(text.find('/', from), text.size());
      names.push_back(text.substr(from, slash - from));
      from = slash + 1;
    }
    for (std::string& name : names) {
      if (name == "failed_active_hc") name = "failed_active_health_check";
      if (name == "degraded_active_hc") name = "failed_active_degraded_check";
    }
  }
  return result;
}

bool World::until_holds(const LabStep& step) const {
  if (step.stat.empty()) {
    auto flags = host_flags(step.cluster);
    const bool there = std::ranges::find(flags[step.host], step.flag) != flags[step.host].end();
    return there == step.present;
  }
  const auto value = static_cast<std::int64_t>(stat(step.stat));
  return (!step.low || value >= *step.low) && (!step.high || value <= *step.high);
}

std::uint64_t World::stat(const std::string& wanted) const {
  std::vector<policies::NamedStat> all = policies::stats_of(worker_, control_);
  stats_.append_to(all);
  const auto at = std::ranges::find(all, wanted, &policies::NamedStat::name);
  return at == all.end() ? 0 : at->value;
}

}  // namespace squall::sim::lab
