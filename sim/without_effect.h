// Settings of a scenario that change nothing in this run, as something else that they need is not
// said.
#pragma once
#include "policies/base/result.h"
#include "sim/model.h"

namespace squall::sim {

/// A warning for each kind of setting, at the first place where it stands.
void warn_without_effect(const Model& model, Diagnostics& out);

}  // namespace squall::sim
