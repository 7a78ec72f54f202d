#include "sim/fates.h"

#include <algorithm>

#include "sim/trace.h"

namespace squall::sim {

Fates::Fates(const Model& model, std::size_t most, Trace* trace)
    : most_(most),
      trace_(trace),
      from_(model.scenario->warmup),
      to_(model.scenario->duration),
      loads_(model.loads.size()),
      load_batches_(model.loads.size(), reports::Batches(from_, to_)),
      edges_(model.edges.size(), reports::Batches(from_, to_)),
      workloads_(model.workloads.size(), reports::Batches(from_, to_)) {
  for (std::size_t i = 0; i < loads_.size(); ++i)
    loads_[i].rounds.resize(static_cast<std::size_t>(model.loads[i].load->users));
}

void Fates::on_load_begun(const Call& call) {
  OfLoad& load = loads_[call.load];
  const bool closed = call.asker != kNone;
  const std::uint64_t key =
      closed ? fate_key(call.asker, load.rounds[call.asker]++) : fate_key(0, load.arrivals++);
  if (trace_ != nullptr) trace_->on_load_begun(call, key);
  if (call.index >= fate_of_.size()) fate_of_.resize(std::size_t{call.index} * 2 + 8, kNone);
  fate_of_[call.index] = kNone;
  if (call.begun < from_ || call.begun >= to_) return;
  if (kept_ == most_) {
    ++load.not_kept;
    return;
  }
  ++kept_;
  fate_of_[call.index] = static_cast<std::uint32_t>(load.list.size());
  load.list.push_back({.key = key, .begun = call.begun});
}

void Fates::on_load_ended(const Call& call, Instant now) {
  const Answer& answer = call.answer;
  load_batches_[call.load].record(call.begun, now - call.begun, !answer.failed(), call.attempts);
  const std::uint32_t index = fate_of_[call.index];
  if (index == kNone) return;
  Fate& fate = loads_[call.load].list[index];
  fate.took = now - call.begun;
  fate.flags = call.flags;
  fate.status = answer.status;
  if (answer.grpc) fate.grpc_status = answer.grpc_status;
  fate.ended = true;
}

void Fates::on_load_unanswered(const Call& call, std::uint32_t attempts) {
  load_batches_[call.load].record_unanswered(call.begun, attempts);
}

void Fates::sort() {
  for (OfLoad& load : loads_) std::ranges::sort(load.list, {}, &Fate::key);
}

}  // namespace squall::sim
