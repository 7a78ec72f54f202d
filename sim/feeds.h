// Feeds: which happenings of a run answer which of its queries.
//
// Each query's labels are settled once, against the names of the model; what happens on a load, an
// edge or a pod then goes to the few queries that stand beside it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/outlier.h"
#include "reports/query.h"
#include "reports/run_data.h"
#include "sim/model.h"

namespace squall::sim {

/// One query's interest in a load, an edge or a pod.
struct Feed {
  std::uint32_t query = 0;
  reports::Metric metric = reports::Metric::kRequests;
  int code = -1;                            // only this status; -1: any
  std::uint8_t flag = 0;                    // only with this response flag; 0: any
  std::optional<policies::Detector> cause;  // only ejections of this one
  // One byte each: only these; empty: any.
  std::vector<std::uint8_t> edges;       // of a load: where the request's latest attempt went
  std::vector<std::uint8_t> operations;  // of a load: what it asked, of Model::load_operations
  std::vector<std::uint8_t> behaviours;  // of a pod: what the request asked for
};

class Feeds {
 public:
  Feeds(const Model& model, const std::vector<reports::Query>& queries,
        std::vector<reports::Answer>& answers);

  /// What one request came to, for the feeds of a load or an edge.
  struct Outcome {
    Instant arrived{};
    std::optional<Instant> ended{};  // none: it never has
    int code = 0;
    std::uint64_t flags = 0;
    bool success = false;
    std::uint32_t attempts = 0;
    std::uint32_t edge = kNone;
    std::uint32_t operation = kNone;  // of a load
  };
  void on_request(const std::vector<Feed>& feeds, const Outcome& request);
  /// For kAttempts of pods, kDuplicates, kShed, kConnectionsOpened, kOverflows, kRestarts,
  /// kScaleIns.
  void on_count(const std::vector<Feed>& feeds, reports::Metric metric, Instant at,
                std::uint64_t n = 1);
  void on_ejection(const std::vector<Feed>& feeds, policies::Detector cause, Instant at);
  /// An application has worked on a request; `done`: never.
  void on_task(const std::vector<Feed>& feeds, std::uint32_t behaviour, Instant arrived,
               std::optional<Instant> done);
  void on_look_up(const std::vector<Feed>& feeds, bool hit, Instant at);
  /// For kWastedS.
  void on_time(const std::vector<Feed>& feeds, reports::Metric metric, Duration time, Instant at);
  /// A level of a pod between two readings, or the highest that it was then.
  void on_use(const std::vector<Feed>& feeds, reports::Metric metric, double used, double capacity,
              Instant from, Instant to);

  std::vector<std::vector<Feed>> loads, edges, pods;

 private:
  reports::Accumulator* at(const Feed& feed, Instant instant);

  const std::vector<reports::Query>& queries_;
  std::vector<reports::Answer>& answers_;
};

/// `name` is NAME.NAMESPACE; `wanted` is that, NAME, or a longer form of the host.
bool names(std::string_view wanted, std::string_view name);
/// The loads, edges or pods that a query is about, whichever its subject is.
std::vector<std::uint32_t> asked_of(const Model& model, const reports::Query& query);
/// from, to or subset.
bool has_edge_labels(const reports::Query& query);
/// Whether those fit.
bool edge_holds(const reports::Query& query, const EdgeModel& edge);
/// Labels that no part of the model has, or none all at once, and names that stand for two.
Diagnostics check_labels(const Model& model);

}  // namespace squall::sim
