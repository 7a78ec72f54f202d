#include "config/istio_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "policies/match.h"

namespace squall::config {

bool read_ms(Fields& fields, std::string_view name, std::optional<Duration>& out, Duration least) {
  std::optional<Duration> value;
  if (!fields.duration(name, value, {.least = least})) return false;
  if (value->count() % 1'000'000 != 0) {
    fields[name].error("only whole milliseconds are possible", "round it to 1ms");
    return false;
  }
  out = value;
  return true;
}

void check_regex(const Value& value, const std::string& pattern) {
  const auto compiled = policies::compile_regex(pattern);
  if (compiled) return;
  for (const Diagnostic& one : compiled.error().all()) value.error(one.what, one.advice);
}

void read_percent(Fields& fields, std::string_view name, std::optional<double>& out) {
  fields.object(name, [&](Fields& f) {
    double value = 0;
    f.number("value", value);
    if (value != 0 && !(value >= 0.0001 && value <= 100)) {
      f["value"].error(fmt::format("{} is neither 0 nor from 0.0001 to 100", value));
    }
    out = value;
  });
}

void check_retry_on(const Value& value, const std::string& text) {
  static constexpr std::array<std::string_view, 16> kWords = {"5xx",
                                                              "gateway-error",
                                                              "reset",
                                                              "reset-before-request",
                                                              "connect-failure",
                                                              "retriable-4xx",
                                                              "refused-stream",
                                                              "retriable-status-codes",
                                                              "retriable-headers",
                                                              "envoy-ratelimited",
                                                              "http3-post-connect-failure",
                                                              "cancelled",
                                                              "deadline-exceeded",
                                                              "internal",
                                                              "resource-exhausted",
                                                              "unavailable"};
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    const std::string_view word = std::string_view(text).substr(from, to - from);
    from = to + 1;
    const bool number = word.size() == 3 &&
                        std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; }) &&
                        word >= "100" && word <= "599";
    if (number || std::ranges::find(kWords, word) != kWords.end()) continue;
    const auto near = nearest(word, kWords);
    value.error(fmt::format("\"{}\" is no condition to retry on", word),
                word.find(' ') != word.npos ? "write the list without blanks"
                : near                      ? fmt::format("did you mean \"{}\"?", *near)
                                            : fmt::format("one of {}", fmt::join(kWords, ", ")));
  }
}

void check_protocol(const Value& value, std::string_view word) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "HTTP", "HTTPS", "GRPC",  "GRPC-WEB", "HTTP2",      "MONGO", "TCP",
      "TLS",  "REDIS", "MYSQL", "UDP",      "HTTP_PROXY", "HBONE", "DOUBLE-HBONE"};
  constexpr std::size_t kDocumented = 8;
  std::string upper(word);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  if (std::ranges::find(kWords, upper) != kWords.end()) return;
  const auto documented = std::span(kWords).first(kDocumented);
  const auto near = nearest(upper, documented);
  value.error(fmt::format("\"{}\" is no protocol of Istio's", word),
              near ? fmt::format("did you mean \"{}\"?", *near)
                   : fmt::format("one of {}", fmt::join(documented, ", ")));
}

void read_selector(Fields& fields, std::string_view name, std::string_view labels,
                   std::optional<Labels>& out) {
  fields.object(name, [&](Fields& f) {
    out.emplace();
    read_labels(f, labels, *out);
  });
}

void read_port_selector(Fields& fields, std::string_view name, int& out) {
  fields.object(name, [&](Fields& f) { f.integer("number", out, {1, 65535}); });
}

void read_export_to(Fields& fields, std::vector<std::string>& out) {
  fields.texts("exportTo", out);
  const bool mixed = out.size() > 1 && std::ranges::find(out, "*") != out.end();
  const Value value = fields["exportTo"];
  if (mixed) value.error("\"*\" stands alone or not at all", "leave the other entries out");
  for (const std::string& one : out) {
    if (one.empty()) value.error("an empty text is no namespace", "\".\", \"*\" or a namespace");
  }
}

}  // namespace squall::config
