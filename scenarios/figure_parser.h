// FigureParser: the terms of expectations, functions included.
//
// metric{labels}[from:to], or peak(M, 1s), low(M), base(M), recovery_time(M, after=70s, to=95%) and
// stuck(M, below=50%). Only scenarios/*.cc includes this. Cost: linear.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "scenarios/figures.h"
#include "scenarios/query_parser.h"

namespace squall::scenarios {

class FigureParser : public QueryParser {
 public:
  FigureParser(std::string_view text, const Window& run, std::vector<Figure>& figures)
      : QueryParser(text, run), figures_(figures) {}

 protected:
  std::optional<Part> named(std::string_view name, std::size_t at, Expression& out) override;

 private:
  struct Arguments {
    std::optional<Duration> step, before, after, over;
    std::optional<double> level;
  };

  std::optional<Part> call(Function function, std::size_t at, Expression& out);
  std::optional<Part> add(Figure figure, Expression& out);
  bool arguments(Function function, Arguments& out);
  bool argument(Function function, Arguments& out);
  bool share(double& out, std::string_view name);
  bool in_steps(Figure& figure, const Arguments& arguments, std::size_t at);
  /// The figure before the disturbance.
  bool base(reports::Query& query, const Arguments& arguments, std::size_t at);
  bool after_disturbance(Figure& figure, const Arguments& arguments, std::size_t at);

  std::vector<Figure>& figures_;
};

}  // namespace squall::scenarios
