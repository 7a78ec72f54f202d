#include "sim/certificates.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr std::uint64_t kAge = std::uint64_t{1} << 32;  // a draw that no start makes

bool is_of_certificates(const FaultModel& one) {
  return one.fault->kind == scenarios::Fault::Kind::kCertificate;
}

}  // namespace

void Certificates::start() {
  if (std::ranges::none_of(world_.model.faults, is_of_certificates)) return;
  pods_.resize(world_.pods.size());
  const auto half =
      static_cast<double>(world_.model.scenario->mesh.certificate_lifetime.count()) / 2;
  for (std::uint32_t i = 0; i < pods_.size(); ++i) {
    const double age = unit(mix(mix(world_.seed, world_.model.pods[i].key), Purpose::kStart, kAge));
    pods_[i].issued = Instant(-Duration(static_cast<std::int64_t>(age * half)));
  }
}

/// From one renewal to the next, in true time; none: it renews all the time.
Duration Certificates::period(const Holder& holder) const {
  const Duration half = world_.model.scenario->mesh.certificate_lifetime / 2;
  return std::max(half + holder.behind, Duration{});
}

Instant Certificates::issued(const Holder& holder) const {
  const Duration takes = period(holder);
  const Duration since = world_.engine.now() - holder.issued;
  if (takes == Duration{}) return world_.engine.now();
  return holder.issued + since / takes * takes;
}

void Certificates::on_start(std::uint32_t pod) {
  if (matter()) pods_[pod].issued = world_.engine.now();
}

void Certificates::on_fault(std::uint32_t pod, std::uint32_t fault, bool begins) {
  Holder& holder = pods_[pod];
  const Instant now = world_.engine.now();
  const auto& behind = world_.model.faults[fault].fault->behind;
  std::vector<std::uint32_t>& acting = behind ? holder.skews : holder.expiries;
  begins ? acting.push_back(fault) : void(std::erase(acting, fault));
  if (!behind) {
    if (acting.empty()) holder.issued = now;
    return;
  }
  holder.issued = issued(holder);
  holder.behind += begins ? *behind : -*behind;
  if (now - holder.issued >= period(holder)) holder.issued = now;  // it is late for that
}

/// None: it is taken.
std::uint32_t Certificates::fault_against(const Holder& holder, const Holder& judge) const {
  if (!holder.expiries.empty()) return holder.expiries.back();
  const Instant signed_at = issued(holder), clock = world_.engine.now() - judge.behind;
  const Duration lifetime = world_.model.scenario->mesh.certificate_lifetime;
  if (signed_at - kDatedBack <= clock && clock < signed_at + lifetime) return kNone;
  return (judge.behind != Duration{} ? judge : holder).skews.back();
}

Certificates::Handshake Certificates::shake(std::uint32_t client, std::uint32_t server) const {
  const Holder& ours = pods_[client];
  const Holder& theirs = pods_[server];
  if (const std::uint32_t fault = fault_against(theirs, ours); fault != kNone)
    return {Verdict::kClientRefuses, fault};
  if (const std::uint32_t fault = fault_against(ours, theirs); fault != kNone)
    return {Verdict::kServerRefuses, fault};
  return {};
}

}  // namespace squall::sim
