// judge: whether expectations hold, by the answers to their queries.
//
// An expectation with a share (`in: ">= 95%"`) is judged on each run alone, then on how many runs
// it held in; all others on the answers of the runs pooled. Cost: linear in the answers.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/run_data.h"
#include "scenarios/model.h"

namespace squall::scenarios {

/// Those of all expectations, in the order in which judge() takes their answers.
std::vector<reports::Query> queries_of(const Scenario& scenario);

struct Judgement {
  bool ok = false;
  std::optional<double> value;  // of the left side
  std::string text;  // why it failed, for people: "is 98.3%, wanted >= 99%"; empty when ok
};
/// `values` are those of the figures; none: a figure of nothing, which no expectation holds for.
Judgement judge(const Expectation& expectation, std::span<const std::optional<double>> values);

/// All of a scenario's on one run's answers, or pooled ones. Those with a share are ok here: their
/// result says of one run whether it held.
std::vector<reports::ExpectationResult> judge(const Scenario& scenario,
                                              std::span<const reports::Answer> answers);
/// The result of one with a share, which so many of the runs fulfil.
reports::ExpectationResult judge_share(const Expectation& expectation, std::uint64_t held,
                                       std::uint64_t runs);

/// Between what shares of all possible runs the true one lies, in 95 of 100 cases, when it held in
/// `held` of `runs` > 0 of them. Wilson's interval.
std::pair<double, double> share_interval(std::uint64_t held, std::uint64_t runs);

}  // namespace squall::scenarios
