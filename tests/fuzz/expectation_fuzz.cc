// Any text is an expectation that can be judged, or one error with its column: never a crash.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policies/base/check.h"
#include "scenarios/judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const scenarios::Window run{Instant(10s), Instant(60s), Instant(20s), Instant(30s)};
  const auto expectation = scenarios::parse_expectation(text, run);
  if (!expectation) {
    const Diagnostic& mistake = expectation.error().all().front();
    SQUALL_CHECK(mistake.column >= 1 && mistake.column <= static_cast<int>(size) + 1);
    return 0;
  }
  SQUALL_CHECK(!expectation->figures.empty());
  for (const scenarios::Figure& figure : expectation->figures) {
    SQUALL_CHECK(figure.query.from < figure.query.to);
    if (figure.query.steps() > 1000) continue;
    const std::vector<reports::Answer> own = {reports::Answer(figure.query.steps()),
                                              reports::Answer(1)};
    scenarios::value_of(figure, std::span(own).first(figure.queries()));
  }
  std::vector<std::optional<double>> values(expectation->figures.size());
  SQUALL_CHECK(!scenarios::judge(*expectation, values).ok);
  for (const double value : {0.0, 0.5, 1e300}) {
    values.assign(values.size(), value);
    const scenarios::Judgement judgement = scenarios::judge(*expectation, values);
    SQUALL_CHECK(judgement.ok == judgement.text.empty());
  }
  return 0;
}
