// merge: changes to a document by a fragment of it, as overrides and patches of tests have them.
//
// Mappings merge member by member, and null takes a member away. Lists merge item by item where
// every item of both has a `name`; other lists, and everything else, are replaced. What stands in
// the result keeps the place where it was written. Cost: linear, times the items of named lists.
#pragma once
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"

namespace squall::scenarios {

/// Errors: a null where there is nothing to take away.
void merge(config::Node& into, const config::Node& fragment, Diagnostics& diagnostics);

/// Merges a fragment of a manifest into the one of its kind, name and namespace. Without a
/// namespace it is the only one of the name. Errors: there is none, or more than one.
void patch(std::vector<config::Node>& manifests, const config::Node& fragment,
           Diagnostics& diagnostics);

}  // namespace squall::scenarios
