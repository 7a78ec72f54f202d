#include "policies/lb/load_report.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "policies/load_report.pb.h"

namespace squall::policies::lb {
namespace {

using Metrics = google::protobuf::Map<std::string, double>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

/// A number as strtod takes it, but finite and not negative.
std::optional<double> read_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(
      text.data(), end, value, hex ? std::chars_format::hex : std::chars_format::general);
  if (rest != end || failure == std::errc::invalid_argument) return std::nullopt;
  if (failure == std::errc::result_out_of_range)  // it does not say at which end
    value = std::strtod(std::string(hex ? "0x" : "").append(text).c_str(), nullptr);
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

bool set_metric(std::string_view name, double value, LoadReport& report) {
  const auto in_map = [&](std::string_view prefix, Metrics& metrics) {
    if (!name.starts_with(prefix)) return false;
    const std::string_view key = name.substr(prefix.size());
    if (!key.empty()) metrics[std::string(key)] = value;
    return !key.empty();
  };
  if (name == "cpu_utilization") {
    report.set_cpu_utilization(value);
  } else if (name == "mem_utilization") {
    report.set_mem_utilization(value);
  } else if (name == "application_utilization") {
    report.set_application_utilization(value);
  } else if (name == "eps") {
    report.set_eps(value);
  } else if (name == "rps_fractional") {
    report.set_rps_fractional(value);
  } else {
    return in_map("named_metrics.", *report.mutable_named_metrics()) ||
           in_map("utilization.", *report.mutable_utilization());
  }
  return true;
}

/// "a=1,b.c:2": each name once.
bool read_text(std::string_view text, LoadReport& report) {
  std::set<std::string_view> names;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::string_view pair = trimmed(part);
    if (pair.empty()) continue;
    const std::size_t split = pair.find_first_of("=:");
    if (split == std::string_view::npos) return false;
    const std::string_view name = pair.substr(0, split);
    const std::optional<double> value = read_number(pair.substr(split + 1));
    if (!value || !names.insert(name).second) return false;
    if (!set_metric(name, *value, report)) return false;
  }
  return true;
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// With or without its padding.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 == 0) {
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.empty() || text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int six = sextet(c);
    if (six < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(six);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return bytes;
}

bool read_binary(std::string_view text, LoadReport& report) {
  const std::optional<std::string> bytes = decode_base64(text);
  return bytes && report.ParseFromString(*bytes);
}

bool read_json(std::string_view text, LoadReport& report) {
  return google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &report).ok();
}

bool read_report(Headers headers, LoadReport& report) {
  if (const auto binary = find_header(headers, "endpoint-load-metrics-bin"))
    return read_binary(*binary, report);
  const auto header = find_header(headers, "endpoint-load-metrics");
  if (!header) return false;
  const std::string_view format = header->substr(0, 5);
  const std::string_view rest = header->substr(format.size());
  if (format == "TEXT ") return read_text(rest, report);
  if (format == "JSON ") return read_json(rest, report);
  return format.starts_with("BIN ") && read_binary(header->substr(4), report);
}

/// The metric that a configuration names; "*" in a map: the greatest; 0: it is not there.
double metric(const LoadReport& report, std::string_view name) {
  const auto in_map = [&](std::string_view prefix, const Metrics& metrics) {
    const std::string key(name.substr(prefix.size()));
    double greatest = 0;
    if (key == "*") {
      for (const auto& [other, value] : metrics) greatest = std::max(greatest, value);
    } else if (const auto at = metrics.find(key); at != metrics.end()) {
      greatest = at->second;
    }
    return greatest;
  };
  if (name == "cpu_utilization") return report.cpu_utilization();
  if (name == "mem_utilization") return report.mem_utilization();
  if (name == "application_utilization") return report.application_utilization();
  if (name == "eps") return report.eps();
  if (name == "rps_fractional") return report.rps_fractional();
  for (const auto& [prefix, metrics] : {std::pair{"named_metrics.", &report.named_metrics()},
                                        {"utilization.", &report.utilization()},
                                        {"request_cost.", &report.request_cost()}}) {
    if (name.starts_with(prefix)) return in_map(prefix, *metrics);
  }
  return 0;
}

double utilization(const ClientWeighted& config, const LoadReport& report) {
  double named = 0;
  for (const std::string& name : config.utilization_metrics)
    named = std::max(named, metric(report, name));
  if (named > 0) return named;
  const double application = report.application_utilization();
  return application > 0 ? application : report.cpu_utilization();
}

}  // namespace

std::optional<std::uint32_t> reported_weight(const ClientWeighted& config, Headers headers) {
  LoadReport report;
  if (!read_report(headers, report)) return std::nullopt;
  const double rate = report.rps_fractional();
  const double used = utilization(config, report);
  if (rate <= 0 || used <= 0) return std::nullopt;
  const double penalty = report.eps() / rate * config.error_utilization_penalty;
  const double weight = rate / (used + penalty);
  if (!(weight >= 1)) return 0;  // nor a number, which only JSON can say
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  return weight >= kMost ? kMost : static_cast<std::uint32_t>(weight);
}

}  // namespace squall::policies::lb
