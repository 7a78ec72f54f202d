// A diagnostic of a Model, where the scenario or a manifest says what it is about.
#pragma once
#include <string>
#include <utility>

#include "config/document.h"
#include "policies/base/result.h"
#include "sim/model.h"

namespace squall::sim {

inline Diagnostic diagnostic_at(const Model& model, const config::Place& place, Severity severity,
                                std::string what, std::string advice) {
  return {.file = place.file ? *place.file : model.scenario->file,
          .line = place.line,
          .column = place.column,
          .severity = severity,
          .what = std::move(what),
          .advice = std::move(advice)};
}

}  // namespace squall::sim
