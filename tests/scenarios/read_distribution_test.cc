#include "scenarios/read_parts.h"

#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

std::optional<Distribution> distribution_of(const std::string& text, std::string* wrong = nullptr) {
  const auto documents = config::parse_documents("x: " + text, "d.yaml");
  EXPECT_TRUE(documents) << text;
  Diagnostics problems;
  const config::Node& root = documents->front();
  auto out =
      read_distribution(config::Value(root.find("x"), "x", problems, config::Dialect::kSquall));
  EXPECT_TRUE(out.has_value() || !problems.empty()) << text << lines_of(problems);
  if (wrong != nullptr) *wrong = lines_of(problems);
  return out;
}

std::string wrong(const std::string& text) {
  std::string out;
  (void)distribution_of(text, &out);
  return out;
}

double mean_ms(const std::string& text) { return distribution_of(text)->mean_s() * 1e3; }

TEST(ReadDistribution, MeansAreThoseOfTheTextbook) {
  EXPECT_EQ(distribution_of("5ms")->sample(7), 5ms);
  EXPECT_EQ(distribution_of("{constant: {value: 5ms}}")->sample(7), 5ms);
  EXPECT_NEAR(mean_ms("{exponential: 4ms}"), 4, 1e-4);
  EXPECT_NEAR(mean_ms("{lognormal: {mean: 6ms, sigma: 0.5}}"), 6, 1e-4);
  EXPECT_NEAR(mean_ms("{uniform: {min: 1ms, max: 4ms}}"), 2.5, 1e-4);
  EXPECT_NEAR(mean_ms("{gamma: {mean: 8ms, shape: 2}}"), 8, 1e-4);
  // scale times Gamma(1 + 1/shape): Gamma(1.5) is half the root of pi.
  EXPECT_NEAR(mean_ms("{weibull: {scale: 10ms, shape: 2}}"), 8.8622693, 1e-4);
  // min alpha / (alpha - 1)
  EXPECT_NEAR(mean_ms("{pareto: {min: 2ms, alpha: 3}}"), 3, 1e-4);
  EXPECT_NEAR(mean_ms("{hyperexponential: [{weight: 3, mean: 1ms}, {weight: 1, mean: 5ms}]}"), 2,
              1e-4);
  EXPECT_NEAR(mean_ms("{mixture: [{weight: 1, of: 1ms}, {weight: 1, of: {exponential: 3ms}}]}"), 2,
              1e-4);
  EXPECT_NEAR(mean_ms("{empirical: {values: [1ms, 2ms, 6ms]}}"), 3, 1e-4);
}

TEST(ReadDistribution, ALognormalIsGivenByItsQuantilesOrItsMoments) {
  EXPECT_NE(wrong("{lognormal: {p50: 5ms}}").find("p99 is missing"), std::string::npos);
  EXPECT_NE(wrong("{lognormal: {mean: 5ms}}").find("sigma is missing"), std::string::npos);
  EXPECT_EQ(wrong("{lognormal: {p50: 5ms, p99: 9ms, mean: 6ms}}"),
            "error: x.lognormal: p50 and p99 exclude mean and sigma; keep one pair of them\n");
}

TEST(ReadDistribution, ItIsExactlyOne) {
  EXPECT_EQ(wrong("{}"),
            "error: x: expected a distribution such as {lognormal: {p50: 5ms, p99: 20ms}}, got an "
            "empty mapping\n");
  EXPECT_EQ(wrong("{constant: 1ms, exponential: 1ms}"),
            "error: x: more than one distribution; keep one of constant, exponential\n");
  EXPECT_EQ(wrong("{gama: {}}"),
            "error: x: \"gama\" is no distribution; did you mean \"gamma\"?\n");
  EXPECT_EQ(wrong("{gamma: }"),
            "error: x.gamma: expected the parameters of the distribution, got nothing\n");
}

TEST(ReadDistribution, AComplaintOfItsFactoryStandsAtTheParameters) {
  EXPECT_EQ(wrong("{uniform: {min: 5ms, max: 1ms}}"),
            "error: x.uniform: min is 5ms, max is 1ms; max must be at least min\n");
  EXPECT_EQ(wrong("{mixture: [{weight: 0, of: 1ms}]}"),
            "error: x.mixture: weight is 0; weight must be above 0 and at most 1e9\n");
}

TEST(ReadDistribution, QuantilesAreNamedByTheirPercent) {
  EXPECT_TRUE(
      distribution_of("{empirical: {quantiles: {p0: 1ms, p50: 2ms, p99.9: 9ms, p100: 10ms}}}"));
  EXPECT_EQ(wrong("{empirical: {quantiles: {p101: 1ms}}}"),
            "error: x.empirical.quantiles.p101: no name of a quantile; write p50, p99, p99.9\n");
}

}  // namespace
}  // namespace squall::scenarios
