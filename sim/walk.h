// Walk: the steps of a program, one after the other, by a request or by a replica that starts.
//
// What walks has `step` (the next one), `outstanding` (answers that are waited for) and
// `times_left`; what its steps come to is the doer's: `call(index, k)`, which counts those that are
// waited for, `work(step)`, after which it walks on, `draw(step)` in [0, 1), `has(step)` and
// `fill(step)` of a cache, `end()`, and `stops()` before anything that begins a step, true: it is
// over.
#pragma once
#include <cstdint>

#include "sim/model.h"

namespace squall::sim {

/// All at once; it waits for as many as the step says, and what comes later is late.
template <class At, class Doer>
void start_calls(const Model& model, const StepModel& step, At& at, Doer& doer) {
  for (std::uint32_t i = step.first_call; i < step.first_call + step.calls; ++i) {
    for (int k = 0; k < model.calls[i].times; ++k) doer.call(i, static_cast<std::uint32_t>(k));
  }
  if (step.await < 1)  // 95% of 20 are 19, whatever 0.95 is in binary
    at.outstanding -= static_cast<std::uint32_t>((1 - step.await) * at.outstanding + 1e-9);
}

inline std::uint32_t branch_of(const Model& model, const StepModel& step, double drawn) {
  std::uint32_t i = step.first_branch;
  const std::uint32_t last = step.first_branch + step.branches - 1;
  while (i < last && drawn >= model.branches[i].below) ++i;
  return model.branches[i].step;
}

/// On, until something is waited for or none is left.
template <class At, class Doer>
void walk(const Model& model, const BehaviourModel& program, At& at, Doer doer) {
  while (at.outstanding == 0) {
    if ((at.times_left > 0 || at.step < program.steps) && doer.stops()) return;
    if (at.times_left > 0) {
      const std::uint32_t call = model.steps[program.first_step + at.step - 1].first_call;
      doer.call(call, static_cast<std::uint32_t>(model.calls[call].times - at.times_left--));
      continue;
    }
    if (at.step == program.steps) return doer.end();
    const StepModel& step = model.steps[program.first_step + at.step++];
    switch (step.kind) {
      case StepModel::Kind::kCall:
        at.times_left = model.calls[step.first_call].times;
        break;
      case StepModel::Kind::kParallel:
        start_calls(model, step, at, doer);
        break;
      case StepModel::Kind::kWork:
        return doer.work(step);
      case StepModel::Kind::kChoose:
        at.step = branch_of(model, step, doer.draw(step));
        break;
      case StepModel::Kind::kJump:
        at.step = step.to;
        break;
      case StepModel::Kind::kCache:
        if (doer.has(step)) at.step = step.to;
        break;
      case StepModel::Kind::kFill:
        doer.fill(step);
        break;
    }
  }
}

/// Of an answer that has come: whether who asked still waits for it.
template <class At>
bool is_awaited(const CallModel& call, const At& at) {
  return !call.detach && call.step + 1 == at.step;
}

}  // namespace squall::sim
