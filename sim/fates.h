// Fates: what became of each request of the loads in one run, to be held against another run.
//
// A load's requests are told apart by their number: of an open load's arrivals, or of a closed
// one's users and their rounds. Two runs of one seed give the same number to the same request,
// whatever their configurations make of it. Those of the measured window are kept, up to a limit;
// figures by batches (reports/batches.h) of all loads, edges and workloads beside them. Cost: 40
// bytes a request.
#pragma once
#include <cstdint>
#include <vector>

#include "reports/batches.h"
#include "sim/model.h"
#include "sim/records.h"

namespace squall::sim {

struct Fate {
  std::uint64_t key = 0;  // which request: fate_key()
  Instant begun{};
  Duration took{};
  std::uint64_t flags = 0;
  std::uint16_t status = 0;
  std::int16_t grpc_status = -1;  // none
  bool ended = false;             // else it is never answered

  bool same_end(const Fate& other) const {
    return ended == other.ended && status == other.status && grpc_status == other.grpc_status &&
           flags == other.flags;
  }
};
/// Of an open load, without a user, its arrivals are counted; of a closed one each user's rounds.
constexpr std::uint64_t fate_key(std::uint32_t user, std::uint32_t round) {
  return std::uint64_t{user} << 32 | round;
}

class Trace;

class Fates {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 21;

  /// `trace`: told of each request that begins, with its number.
  explicit Fates(const Model& model, std::size_t most = kMost, Trace* trace = nullptr);

  void on_load_begun(const Call& call);
  void on_load_ended(const Call& call, Instant now);
  void on_load_unanswered(const Call& call, std::uint32_t attempts);
  void on_edge_ended(std::uint32_t edge, Instant received, Duration took, bool success,
                     std::uint32_t attempts) {
    edges_[edge].record(received, took, success, attempts);
  }
  void on_edge_unanswered(std::uint32_t edge, Instant received, std::uint32_t attempts) {
    edges_[edge].record_unanswered(received, attempts);
  }
  void on_task_ended(std::uint32_t workload, Instant arrived, Duration took) {
    workloads_[workload].record(arrived, took, true, 1);
  }
  void on_task_unanswered(std::uint32_t workload, Instant arrived) {
    workloads_[workload].record_unanswered(arrived, 1);
  }

  struct OfLoad {
    std::vector<Fate> list;             // sorted by key once sort() was called
    std::uint64_t not_kept = 0;         // of the measured window
    std::uint32_t arrivals = 0;         // of an open load
    std::vector<std::uint32_t> rounds;  // of a closed load's users
  };
  void sort();
  const OfLoad& load(std::size_t index) const { return loads_[index]; }
  const std::vector<reports::Batches>& load_batches() const { return load_batches_; }
  const std::vector<reports::Batches>& edges() const { return edges_; }
  const std::vector<reports::Batches>& workloads() const { return workloads_; }

 private:
  std::size_t most_;
  Trace* trace_;
  std::size_t kept_ = 0;
  Instant from_, to_;
  std::vector<OfLoad> loads_;
  std::vector<std::uint32_t> fate_of_;  // by call's slot: index of its load's list
  std::vector<reports::Batches> load_batches_, edges_, workloads_;
};

}  // namespace squall::sim
