#include "sim/lab/record.h"

#include <nlohmann/json.hpp>

namespace squall::sim::lab {
namespace {

using nlohmann::json;

json ms(Instant at) { return static_cast<double>(to_ns(at)) / 1e6; }
json ms(const std::optional<Instant>& at) { return at ? ms(*at) : json(nullptr); }
/// One character per byte.
json bytes_json(const std::optional<std::string>& bytes) {
  if (!bytes) return nullptr;
  std::string text;
  for (const char c : *bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}
json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json headers_json(const std::vector<RecordedHeader>& headers) {
  json list = json::array();
  for (const RecordedHeader& header : headers) list.push_back({header.name, header.value});
  return list;
}

json attempt_json(const AttemptRecord& attempt) {
  return {{"endpoint", attempt.endpoint},
          {"try_number", attempt.try_number},
          {"start", ms(attempt.start)},
          {"method", attempt.method},
          {"path", attempt.path},
          {"headers", headers_json(attempt.headers)},
          {"connection", attempt.connection},
          {"connection_request", attempt.connection_request},
          {"body_length", attempt.body_length},
          {"end", ms(attempt.end)},
          {"outcome", attempt.outcome}};
}

json log_json(const std::optional<LogRecord>& log) {
  if (!log) return nullptr;
  return {{"code", log->code},
          {"flags", log->flags},
          {"details", text_or_null(log->details)},
          {"upstream_cluster", text_or_null(log->cluster)},
          {"route", text_or_null(log->route)},
          {"attempts", log->attempts}};
}

json request_json(const RequestRecord& request) {
  json attempts = json::array();
  for (const AttemptRecord& attempt : request.attempts) attempts.push_back(attempt_json(attempt));
  return {{"id", request.id},
          {"start", ms(request.start)},
          {"headers_at", ms(request.headers_at)},
          {"end", ms(request.end)},
          {"status", request.status},
          {"headers", headers_json(request.headers)},
          {"trailers", headers_json(request.trailers)},
          {"interim", request.interim},
          {"body", bytes_json(request.body)},
          {"body_length", request.body_length},
          {"error", request.error},
          {"closed_after", request.closed_after},
          {"log", log_json(request.log)},
          {"attempts", std::move(attempts)}};
}

json query_json(const QueryRecord& query) {
  json out = {{"step", query.step}, {"at", ms(query.at)}};
  if (query.hosts) out["hosts"] = *query.hosts;
  if (query.stats) out["stats"] = *query.stats;
  if (query.began) {
    out["began"] = ms(*query.began);
    out["held"] = query.held;
  }
  return out;
}

}  // namespace

std::string to_json(const Record& record) {
  json out = {{"case", record.name},       {"clock", "virtual"},   {"marks", json::array()},
              {"requests", json::array()}, {"own", json::array()}, {"queries", json::array()}};
  for (const auto& [name, at] : record.marks)
    out["marks"].push_back({{"name", name}, {"at", ms(at)}});
  for (const RequestRecord& request : record.requests)
    out["requests"].push_back(request_json(request));
  for (const AttemptRecord& attempt : record.own) out["own"].push_back(attempt_json(attempt));
  for (const QueryRecord& query : record.queries) out["queries"].push_back(query_json(query));
  return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace squall::sim::lab
