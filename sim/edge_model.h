// EdgeModel: between whom do requests pass?
//
// Requests from one workload to one service (and subset), served by one workload; what a report
// counts as one row.
#pragma once
#include <string>

namespace squall::sim {

struct EdgeModel {
  std::string source, service, subset, destination;
};

}  // namespace squall::sim
