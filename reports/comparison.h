// Comparison: runs under two configurations, figure by figure: what differs, how sure that is, and
// whether it is good.
//
// Both sides meet the same seeds, so differences are taken seed by seed: what chance does to both
// alike is not in them. Five seeds or more are the sample; of fewer, the batches of their runs.
// Which verdict follows is in docs/diff.md. Cost: a few numbers a figure, row and seed.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/astray.h"
#include "reports/batches.h"
#include "reports/compared_figures.h"
#include "reports/diff_report.pb.h"
#include "reports/report.pb.h"

namespace squall::reports {

inline constexpr std::uint32_t kDiffSchemaVersion = 1;
inline constexpr std::uint64_t kFewestSeeds = 5;  // for intervals of seeds

/// "SOURCE SERVICE SUBSET DESTINATION": names an edge in BatchesOf.
std::string key_of(const Edge& edge);

/// By name; edges by their key.
struct BatchesOf {
  std::map<std::string, Batches> loads{}, edges{}, workloads{};
};
/// One side's run of a seed.
struct ComparedRun {
  RunReport report{};
  BatchesOf batches{};
};

class Comparison {
 public:
  /// The next seed's runs.
  void add(const ComparedRun& before, const ComparedRun& after);
  /// Loads, edges, workloads, the verdict, and what the intervals are of.
  void put(DiffReport& out) const;

 private:
  /// One figure of one row.
  struct Samples {
    std::vector<double> before, after;            // of the seeds that have it on both sides
    std::vector<double> only_before, only_after;  // of the others
    std::vector<double> batches;                  // differences

    void add(std::optional<double> one, std::optional<double> other);
    void add_batches(const Batches& one, const Batches& other, BatchFigure figure);
  };
  template <class Row>
  struct RowSamples {
    Row names{};  // whose names are the row's
    std::vector<Samples> figures{};
  };
  template <class Row>
  struct Rows {
    std::vector<RowSamples<Row>> list{};  // as they first appeared
    std::map<std::string, std::size_t> index{};
  };
  /// What a figure's samples say.
  struct Finding {
    Direction direction = Direction::kNeither;
    double difference = 0, error = 0;  // the second: standard error
    std::uint64_t degrees = 0;         // of freedom; 0: no interval
    bool identical = false, one_sided = false;
  };

  template <class Row>
  static RowSamples<Row>& row_of(Rows<Row>& rows, const Row& row);
  template <class Row>
  void add_rows(Rows<Row>& rows, const ComparedRun& before, const ComparedRun& after);
  Finding find(const Samples& samples, Direction direction, BatchFigure batch) const;
  template <class Row>
  void put_row(const RowSamples<Row>& row, std::vector<Finding>& found,
               google::protobuf::RepeatedPtrField<ComparedMetric>& out) const;
  static void put_finding(const Samples& samples, const Finding& found, ComparedMetric& out);
  static std::set<std::string_view> verdicts_of(const std::vector<Finding>& found);

  /// Where requests go astray nothing is better.
  void judge_astray(DiffReport& out) const;

  std::uint64_t seeds_ = 0;
  Astray astray_;
  Rows<Load> loads_;
  Rows<Edge> edges_;
  Rows<Workload> workloads_;
};

}  // namespace squall::reports
