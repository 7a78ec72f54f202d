// Any text is a lab plan or errors: never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/document.h"
#include "policies/base/check.h"
#include "scenarios/lab_plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = squall::config::parse_documents(text, "fuzz.yaml");
  if (!documents) return 0;
  const auto plan = squall::scenarios::read_lab_plan(*documents);
  SQUALL_CHECK(plan || plan.error().has_errors());
  return 0;
}
