#include "reports/pool.h"

#include <algorithm>

namespace squall::reports {
namespace {

void merge(Outcomes& into, const Outcomes& other) {
  into.requests += other.requests;
  into.successes += other.successes;
  into.ended += other.ended;
  into.unanswered += other.unanswered;
  into.latency.merge(other.latency);
  into.status.merge(other.status);
  into.flags.merge(other.flags);
  into.failed_flags.merge(other.failed_flags);
}

void merge(std::optional<ClientUse>& into, const std::optional<ClientUse>& other) {
  if (into && other) into->merge(*other);
}

void merge(std::optional<ScalingData>& into, const std::optional<ScalingData>& other) {
  if (!into || !other) return;
  into->replicas_min = std::min(into->replicas_min, other->replicas_min);
  into->replicas_max = std::max(into->replicas_max, other->replicas_max);
  into->scale_ins += other->scale_ins;
  into->scale_outs += other->scale_outs;
}

void merge(LoadData& into, const LoadData& other) {
  into.attempts += other.attempts;
  into.good_answers += other.good_answers;
  merge(into.outcomes, other.outcomes);
  into.series.merge(other.series);
  merge(into.client, other.client);
  for (std::size_t i = 0; i < into.operations.size(); ++i) {
    into.operations[i].good_answers += other.operations[i].good_answers;
    merge(into.operations[i].outcomes, other.operations[i].outcomes);
  }
  if (!into.held || !other.held) return;
  for (std::size_t i = 0; i < into.held->size(); ++i) (*into.held)[i] += (*other.held)[i];
}

void merge(EdgeData& into, const EdgeData& other) {
  into.attempts += other.attempts;
  into.retries += other.retries;
  into.duplicates += other.duplicates;
  into.hedges += other.hedges;
  into.mirrored += other.mirrored;
  into.ejections += other.ejections;
  into.refused_ejections += other.refused_ejections;
  into.panics += other.panics;
  into.connections_opened += other.connections_opened;
  for (std::size_t i = 0; i < into.overflows.size(); ++i) into.overflows[i] += other.overflows[i];
  merge(into.outcomes, other.outcomes);
}

void merge(WorkloadData& into, const WorkloadData& other) {
  into.replicas = std::max(into.replicas, other.replicas);
  into.ready_min = std::min(into.ready_min, other.ready_min);
  into.requests += other.requests;
  into.unanswered += other.unanswered;
  into.shed += other.shed;
  into.gave_up += other.gave_up;
  into.restarts += other.restarts;
  into.queue_max = std::max(into.queue_max, other.queue_max);
  into.wasted += other.wasted;
  into.busy_area += other.busy_area;
  into.capacity_area += other.capacity_area;
  into.queue_area += other.queue_area;
  into.in_service_area += other.in_service_area;
  into.in_system_area += other.in_system_area;
  into.latency.merge(other.latency);
  merge(into.client, other.client);
  merge(into.scaling, other.scaling);
}

void merge(EndpointData& into, const EndpointData& other) { into.requests += other.requests; }

bool same(const LoadData& a, const LoadData& b) { return a.name == b.name; }
bool same(const WorkloadData& a, const WorkloadData& b) { return a.name == b.name; }
bool same(const EndpointData& a, const EndpointData& b) { return a.pod == b.pod; }
bool same(const EdgeData& a, const EdgeData& b) {
  return a.source == b.source && a.service == b.service && a.subset == b.subset &&
         a.destination == b.destination;
}

/// Runs list the same things in the same order but for those that only one of them met.
template <class T>
void merge_lists(std::vector<T>& into, const std::vector<T>& others) {
  for (std::size_t i = 0; i < others.size(); ++i) {
    auto found =
        i < into.size() && same(into[i], others[i])
            ? into.begin() + static_cast<std::ptrdiff_t>(i)
            : std::find_if(
                  into.begin(), into.end(), [&](const T& one) { return same(one, others[i]); });
    if (found != into.end()) {
      merge(*found, others[i]);
    } else {
      into.push_back(others[i]);
    }
  }
}

void add_new(std::vector<std::string>& into, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (std::ranges::find(into, text) == into.end()) into.push_back(text);
  }
}

}  // namespace

void merge(RunData& into, const RunData& other) {
  into.measured += other.measured;
  into.interrupted = into.interrupted || other.interrupted;
  into.events += other.events;
  merge_lists(into.loads, other.loads);
  merge_lists(into.edges, other.edges);
  merge_lists(into.workloads, other.workloads);
  merge_lists(into.endpoints, other.endpoints);
  add_new(into.notes, other.notes);
  add_new(into.causes, other.causes);
  if (into.answers.size() < other.answers.size()) into.answers.resize(other.answers.size());
  for (std::size_t i = 0; i < other.answers.size(); ++i) {
    Answer& answer = into.answers[i];
    const Answer& more = other.answers[i];
    for (std::size_t k = 0; k < more.size(); ++k) {
      if (k < answer.size()) {
        answer[k].merge(more[k]);
      } else {
        answer.push_back(more[k]);
      }
    }
  }
  into.runs.insert(into.runs.end(), other.runs.begin(), other.runs.end());
}

std::string verdict_of(const RunData& data) {
  if (data.interrupted) return "interrupted";
  const bool ok = std::all_of(data.expectations.begin(), data.expectations.end(),
                              [](const auto& e) { return e.ok; });
  return ok ? "pass" : "fail";
}

}  // namespace squall::reports
