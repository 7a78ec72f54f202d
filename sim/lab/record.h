// What a run of a lab plan has seen, in the shape of envoylab's record.schema.json.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/base/time.h"

namespace squall::sim::lab {

struct RecordedHeader {
  std::string name, value;
};

struct AttemptRecord {
  std::string endpoint, method, path, outcome;
  std::uint64_t try_number = 0, connection = 0, connection_request = 0, body_length = 0;
  std::vector<RecordedHeader> headers;
  Instant start{};
  std::optional<Instant> end;
};

struct LogRecord {
  std::uint16_t code = 0;
  std::string flags, details, cluster, route;
  std::uint32_t attempts = 0;
};

struct RequestRecord {
  std::string id, error;
  Instant start{};
  std::optional<Instant> headers_at;
  std::optional<Instant> end;
  std::uint16_t status = 0;
  std::vector<RecordedHeader> headers, trailers;
  std::vector<int> interim;
  std::optional<std::string> body = "";  // none: filler, or too long
  std::uint64_t body_length = 0;
  bool closed_after = false;
  std::optional<LogRecord> log;
  std::vector<AttemptRecord> attempts;
};

struct QueryRecord {
  std::size_t step = 0;
  Instant at{};
  std::optional<std::map<std::string, std::vector<std::string>>> hosts;
  std::optional<std::map<std::string, std::uint64_t>> stats;
  std::optional<Instant> began;
  bool held = false;
};

struct Record {
  std::string name;
  std::vector<std::pair<std::string, Instant>> marks;
  std::vector<RequestRecord> requests;
  std::vector<AttemptRecord> own;
  std::vector<QueryRecord> queries;
};

std::string to_json(const Record& record);

}  // namespace squall::sim::lab
