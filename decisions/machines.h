// Machines: a log's proxies, made anew and told what the log says.
//
// What a log names must be there: listeners, hosts, kinds and timers are checked before a machine
// is told of them, since machines trust their shells.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decisions/armed_timers.h"
#include "decisions/concern.h"
#include "decisions/decision.pb.h"
#include "decisions/head_table.h"
#include "policies/control.h"
#include "policies/downstream.h"
#include "policies/worker.h"

namespace squall::decisions {

/// Whether the id names what is there.
template <class T, class Tag>
bool is_of(const Slab<T>& slab, Id<Tag> id) {
  return id.index < slab.capacity() && slab[id.index].index == id.index &&
         slab[id.index].generation == id.generation;
}

class Machines {
 public:
  using Configurations = std::vector<std::unique_ptr<policies::Configuration>>;
  /// Those of the log's Start, in its order; they outlive the machines.
  explicit Machines(const Configurations& configurations) : configurations_(configurations) {}

  /// Returns what is wrong with the decision, or nothing when it could be brought.
  std::string bring(const Decision& decision, Instant at);
  /// What it was answered with, as a log keeps it.
  const std::vector<std::uint64_t>& words() const { return words_; }

  /// Null: the machine has not started.
  const policies::Worker* worker(std::uint32_t machine) const {
    return machine < proxies_.size() ? proxies_[machine].worker.get() : nullptr;
  }
  /// The request that a slot of the machine holds, or held last; null: none is known.
  const AskedRequest* asked(std::uint32_t machine, std::uint32_t slot) const {
    return machine < proxies_.size() ? proxies_[machine].asked.find(slot) : nullptr;
  }

 private:
  struct Client {
    policies::Downstream machine;
    std::array<bool, policies::kTimerKinds> armed{};
  };
  struct Proxy {
    std::unique_ptr<policies::Worker> worker;
    std::unique_ptr<policies::Control> control;
    ArmedTimers timers;  // of these two
    std::unordered_map<std::uint32_t, Client> clients;
    std::optional<Instant> turn_began;  // at whose end something is to be decided
    AskedRequests asked;
  };
  std::string start(const Decision& decision);
  std::string bring_to_worker(Proxy& proxy, const Decision& decision);
  std::string bring_about_requests(policies::Worker& worker, const Decision& decision);
  std::string bring_about_tcp(policies::Worker& worker, const Decision& decision);
  std::string bring_about_clients(policies::Worker& worker, const Decision& decision);
  std::string bring_about_attempts(policies::Worker& worker, const Decision& decision);
  std::string bring_about_connections(policies::Worker& worker, const Decision& decision);
  std::string bring_about_hosts(policies::Worker& worker, const Decision& decision);
  template <class Machine>
  std::string bring_hosts(Machine& machine, const Decision& decision);
  template <class Machine>
  std::string bring_config(Machine& machine, const Decision& decision);
  std::string bring_to_control(Proxy& proxy, const Decision& decision);
  std::string bring_to_client(Proxy& proxy, const Decision& decision);
  std::string bring_to(Client& client, const Decision& decision);
  void note(const Decision& decision, const policies::RequestHead& head,
            const policies::Worker& worker);
  bool read_head(const Head& head, policies::RequestHead& out);
  bool read_head(const Head& head, policies::ResponseHead& out);
  bool read_texts(const Head& head);
  void take_fields(std::size_t from);
  void take_words(policies::CommandList& commands, const policies::Worker* worker);

  const Configurations& configurations_;
  std::vector<Proxy> proxies_;
  Instant now_{};                   // of the decision
  AskedRequests* asked_ = nullptr;  // of its machine
  using HeadTexts = std::array<std::string, HeadTable::kTexts>;
  std::vector<HeadTexts> heads_{HeadTable::kPlaces};  // what each place has
  std::vector<std::string_view> texts_;               // of the head at hand
  std::vector<policies::HeaderField> fields_;
  std::deque<policies::lb::ClusterLayout> members_;  // that the machines were told of
  std::vector<policies::HealthFlags> flags_;
  std::vector<Instant> passes_;
  std::vector<std::uint64_t> words_;
  policies::CommandList client_commands_;
};

}  // namespace squall::decisions
