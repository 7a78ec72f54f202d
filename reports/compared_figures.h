// Compared figures: which figures of a report two sides are compared by, and which way is good.
//
// One table each for loads, edges and workloads, over the rows of a RunReport.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "reports/batches.h"
#include "reports/report.pb.h"

namespace squall::reports {

/// What more of it means. Of counts of what a mesh does (attempts, ejections), neither.
enum class Direction : std::uint8_t { kNeither, kUpIsBetter, kUpIsWorse };

template <class Row>
struct ComparedFigure {
  std::string_view name;
  Direction direction = Direction::kNeither;
  BatchFigure batch = BatchFigure::kNone;  // the same of a batch
  std::optional<double> (*value)(const Row& row) = nullptr;
};

std::span<const ComparedFigure<Load>> load_figures();
std::span<const ComparedFigure<Edge>> edge_figures();
std::span<const ComparedFigure<Workload>> workload_figures();

}  // namespace squall::reports
