// Mentions: what a pod's containers are told in their environment and arguments, where the names of
// Services that they call may stand.
//
// As written; what they mean is guessed elsewhere. Of ConfigMaps and Secrets nothing is known here.
#pragma once
#include <string>
#include <vector>

#include "config/document.h"

namespace squall::config {

struct Mention {
  std::string from;  // "env CATALOG_URL", "args", "command"
  std::string text;
  Place place;
};

/// Of a container as written; texts too long for a name or a list of some are left out.
void read_mentions(const Node& container, std::vector<Mention>& out);

}  // namespace squall::config
