// QueryParser: a metric with its labels and window, as in p99{load="x"}[60s:120s].
//
// The terms of expectations; what is made of them is the derived class's business. Only
// scenarios/*.cc includes this. Cost: linear.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "reports/query.h"
#include "scenarios/expectations.h"
#include "scenarios/sums.h"

namespace squall::scenarios {

class QueryParser : public SumParser {
 public:
  QueryParser(std::string_view text, const Window& run) : SumParser(text), run_(run) {}

 protected:
  /// `name`, which begins at `at`, has been read; its labels and window are read now. Without a
  /// window it is that of the run. None after fail().
  std::optional<reports::Query> query(std::string_view name, std::size_t at);
  /// Whether a window was written in the latest query.
  bool has_window() const { return has_window_; }
  /// The text from `at` to here, without the blanks at its end.
  std::string written_from(std::size_t at) const;
  /// A duration, or 0.
  bool duration(Duration& out, std::string_view advice);

  const Window run_;

 private:
  bool labels(reports::Query& query);
  bool label_known(std::string_view key, std::size_t at, const reports::Query& query);
  std::optional<std::string> label_value();
  bool window(reports::Query& query);
  bool instant(Instant& out);

  bool has_window_ = false;
};

/// Of a metric's figures.
Dimension dimension_of(reports::Metric metric);

}  // namespace squall::scenarios
