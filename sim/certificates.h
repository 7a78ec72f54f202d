// Certificates: whether two sidecars that open a connection take each other's, just now.
//
// A replica's is signed when its sidecar starts, holds from two minutes before that for its
// lifetime, and is renewed when half of that is left: each sidecar goes by its own clock, in this
// and in what it takes of others. At the start of a run each is somewhere between two renewals.
// Faults make certificates expire or set clocks back; connections that are there go on. TLS is 1.3:
// a client that refuses has no connection, a server that refuses closes one which the client has
// used already. Source: istio's pilot-agent, security/pkg/pki/util/generate_cert.go. Cost: none
// without such faults.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"

namespace squall::sim {

struct World;

class Certificates {
 public:
  static constexpr Duration kDatedBack = std::chrono::minutes(2);

  explicit Certificates(World& world) : world_(world) {}

  void start();
  /// Whether any fault concerns them.
  bool matter() const { return !pods_.empty(); }

  enum class Verdict : std::uint8_t { kTaken, kClientRefuses, kServerRefuses };
  struct Handshake {
    Verdict verdict = Verdict::kTaken;
    std::uint32_t fault = kNone;  // that is to blame
  };
  /// REQUIRES: matter().
  Handshake shake(std::uint32_t client, std::uint32_t server) const;

  /// A replica's sidecar starts, with a new one.
  void on_start(std::uint32_t pod);
  void on_fault(std::uint32_t pod, std::uint32_t fault, bool begins);

 private:
  struct Holder {
    Instant issued{};   // the latest one when its clock or its faults last changed
    Duration behind{};  // its clock
    std::vector<std::uint32_t> expiries, skews;  // the faults that act, the latest last
  };
  Duration period(const Holder& holder) const;
  Instant issued(const Holder& holder) const;
  std::uint32_t fault_against(const Holder& holder, const Holder& judge) const;

  World& world_;
  std::vector<Holder> pods_;  // empty: none will be
};

}  // namespace squall::sim
