// Changed resources: what the documents of two scenarios say differently.
//
// Manifests are matched by group, kind, namespace and name, and compared field by field; so is the
// scenario itself. Items of lists are matched by their `name` where all have one, else by their
// place. Cost: linear in the documents.
#pragma once
#include <string>
#include <vector>

#include "reports/diff_report.pb.h"
#include "scenarios/model.h"

namespace squall::scenarios {

/// In the order of the first side, then those that only the second has, the scenario last.
std::vector<reports::ChangedResource> changed_resources(const Scenario& before,
                                                        const Scenario& after);

}  // namespace squall::scenarios
