// Fault and CORS of a rule, as configuration of Envoy's filters.
#include <fmt/format.h>

#include <array>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

Json million(std::optional<double> percentage) {
  if (!percentage || *percentage == 0) return Json::object();
  return {{"numerator", static_cast<std::int64_t>(*percentage * 10'000 + 0.5)},
          {"denominator", "MILLION"}};
}

int grpc_status(const std::string& name) {
  static constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                              "CANCELLED",
                                                              "UNKNOWN",
                                                              "INVALID_ARGUMENT",
                                                              "DEADLINE_EXCEEDED",
                                                              "NOT_FOUND",
                                                              "ALREADY_EXISTS",
                                                              "PERMISSION_DENIED",
                                                              "RESOURCE_EXHAUSTED",
                                                              "FAILED_PRECONDITION",
                                                              "ABORTED",
                                                              "OUT_OF_RANGE",
                                                              "UNIMPLEMENTED",
                                                              "INTERNAL",
                                                              "UNAVAILABLE",
                                                              "DATA_LOSS",
                                                              "UNAUTHENTICATED"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<int>(i);
  }
  return 2;
}

Json fault_of(const Fault& from) {
  Json out = Json::object();
  if (from.delay) {
    out["delay"] = {{"fixedDelay", proto_duration(*from.delay)},
                    {"percentage", million(from.delay_percentage)}};
  }
  if (!from.aborts()) return out;
  Json abort = Json::object();
  if (from.abort_status) {
    abort["httpStatus"] = *from.abort_status;
  } else {
    abort["grpcStatus"] = grpc_status(from.abort_grpc);
  }
  if (from.abort_percentage) abort["percentage"] = million(from.abort_percentage);
  out["abort"] = std::move(abort);
  return out;
}

Json cors_of(const Cors& from) {
  Json out = Json::object();
  for (const StringMatch& one : from.origins) {
    out["allowOriginStringMatch"].push_back(string_match(one));
  }
  const auto list = [&](const char* name, const std::vector<std::string>& words) {
    if (!words.empty()) out[name] = fmt::format("{}", fmt::join(words, ","));
  };
  list("allowMethods", from.methods);
  list("allowHeaders", from.headers);
  list("exposeHeaders", from.expose);
  if (from.max_age) out["maxAge"] = std::to_string(from.max_age->count() / 1'000'000'000);
  if (from.credentials) out["allowCredentials"] = *from.credentials;
  out["filterEnabled"] = {{"defaultValue", {{"numerator", 100}}}};
  out["forwardNotMatchingPreflights"] = from.unmatched_preflights != "IGNORE";
  return out;
}

}  // namespace

Json filter_config(const HttpRule& rule) {
  Json out = Json::object();
  if (rule.fault) out["envoy.filters.http.fault"] = fault_of(*rule.fault);
  if (rule.cors) out["envoy.filters.http.cors"] = cors_of(*rule.cors);
  return out;
}

}  // namespace squall::config
