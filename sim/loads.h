// Loads: when requests arrive, open or closed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/records.h"

namespace squall::sim {

struct World;

class Loads {
 public:
  explicit Loads(World& world) : world_(world) {}

  void start();
  void on_load(std::uint32_t load), on_user(std::uint32_t load, std::uint32_t user);
  void on_call_done(const Call& call);
  /// Users whose replica was down ask again.
  void on_restart();
  /// Requests without an answer.
  std::uint32_t waiting() const { return waiting_; }

 private:
  struct State {
    std::uint64_t arrivals = 0;
    double at_s = 0;  // of the latest
  };
  struct User {
    std::uint32_t load, user;
  };

  void schedule_arrival(std::uint32_t load), schedule_traced(std::uint32_t load);
  std::uint64_t user_random(std::uint32_t load, std::uint32_t user) const;
  void think(std::uint32_t load, std::uint32_t user);
  std::uint32_t sender(std::uint32_t workload, std::uint64_t replica) const;
  void begin(std::uint32_t load, std::uint32_t user, std::uint64_t random,
             const scenarios::Arrival& arrival);
  void take_key(const Call& call, std::uint64_t random, std::uint32_t given);
  std::uint32_t telling_head(std::uint32_t operation, const std::string& header, std::uint32_t key);

  World& world_;
  std::vector<State> states_;
  std::vector<std::vector<std::uint64_t>> user_rounds_;  // by load and user
  std::vector<User> parked_;                             // no replica of theirs is up
  std::vector<std::vector<std::uint32_t>> telling_;  // heads by operation and key; none: not yet
  std::uint32_t waiting_ = 0;
};

}  // namespace squall::sim
