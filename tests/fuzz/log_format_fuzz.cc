// Access log templates: any text compiles or is refused, and what compiles prints; as JSON, valid
// JSON.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "proxy/log_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  policies::KeptRequest request;
  request.path = text;
  request.authority = "shop";
  request.headers = {{"x-a", text}};
  proxy::LoggedRequest record;
  record.request = &request;
  const proxy::Ends ends;
  record.ends = &ends;
  record.start_unix_ns = 1'700'000'000'000'000'000;

  config::AccessLog plain;
  plain.text_format = text;
  std::string line;
  if (const auto format = proxy::LogFormat::compile(plain)) format->append(record, line);

  const auto documents = config::parse_documents(text, "fuzz");
  if (!documents || documents->empty()) return 0;
  config::AccessLog structured;
  structured.json_format = documents->front();
  structured.omit_empty_values = (data[0] & 1) != 0;
  line.clear();
  if (const auto format = proxy::LogFormat::compile(structured)) {
    format->append(record, line);
    if (!nlohmann::json::accept(line)) std::abort();
  }
  return 0;
}
