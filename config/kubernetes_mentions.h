// Mentions: what a pod's containers are told in their environment and arguments, where the names of
// Services that they call may stand.
//
// As written, by themselves or in a ConfigMap that is referred to; what they mean is guessed
// elsewhere. What stands in Secrets is not known here.
#pragma once
#include <string>
#include <vector>

#include "config/document.h"
#include "config/kubernetes_meta.h"

namespace squall::config {

struct Mention {
  std::string from;  // "env CATALOG_URL", "args", "command"
  std::string text;
  Place place;
};

/// To a ConfigMap or a Secret of the pod's namespace.
struct Reference {
  std::string kind, name;
  std::string key;   // empty: all that it has
  std::string from;  // "env CATALOG_URL", "envFrom", "volume"
  Place place;
};

struct ConfigMap {
  Meta meta;
  std::vector<Mention> data;  // from: the key
};

/// Of a container as written; texts too long for a name or a list of some are left out.
void read_mentions(const Node& container, std::vector<Mention>& out, std::vector<Reference>& refs);
/// Of a pod's spec: the ConfigMaps that are files.
void read_volumes(const Node& spec, std::vector<Reference>& out);
/// The texts of one; what is wrong with it is no concern of a run.
ConfigMap read_config_map(const Node& object);

}  // namespace squall::config
