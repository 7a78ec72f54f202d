// LabPlan: one conformance case with everything resolved: a proxy's bootstrap, scripted backends,
// timed steps.
//
// The format is envoylab's plan (its plan.schema.json); times are milliseconds there and Durations
// here. Not here: what the case expects; the lab judges the record itself.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "policies/base/time.h"

namespace squall::scenarios {

using LabHeaders = std::vector<std::pair<std::string, std::string>>;

struct LabAnswer {
  enum class Action : std::uint8_t { kRespond, kReset, kClose, kHang };
  enum class Then : std::uint8_t { kAll, kReset, kClose, kHang };
  Action action = Action::kRespond;
  std::uint16_t status = 200;
  LabHeaders headers, trailers;
  std::optional<std::string> body;  // none: filler
  std::uint64_t body_length = 0, sent = 0;
  bool chunked = false, close_connection = false, early = false;
  Duration delay{}, body_delay{};
  Then then = Then::kAll;
  std::vector<std::uint16_t> interim;
  std::uint32_t reset_code = 8;
};

struct LabSpan {
  std::uint64_t first = 0, last = ~std::uint64_t{0};
  bool holds(std::uint64_t n) const { return n >= first && n <= last; }
};

struct LabRule {
  std::optional<LabSpan> n, attempt, connection_request;
  std::optional<std::string> path;
  LabHeaders headers;
  LabAnswer answer;
};

enum class LabConnect : std::uint8_t { kAccept, kRefuse, kHang };

struct LabEndpoint {
  std::string name, address;
  std::uint16_t port = 0;
  bool http2 = false;
  LabConnect connect = LabConnect::kAccept;
  std::optional<std::uint32_t> max_streams;
  std::vector<LabRule> rules;
};

struct LabPiece {
  Duration after{};
  std::uint64_t length = 0;
};

struct LabRequest {
  std::string id, method, path;
  std::optional<std::string> connection;
  LabHeaders headers;
  std::uint64_t body_length = 0;
  bool chunked = false;
  std::vector<LabPiece> pieces;
  std::optional<Duration> abort_after, watch_close;
  Duration timeout{};
  std::vector<LabAnswer> script;
};

struct LabLane {
  Duration start{}, gap{};
  std::vector<LabRequest> requests;
};

struct LabStep {
  enum class Kind : std::uint8_t {
    kSend,
    kWait,
    kAt,
    kMark,
    kJoin,
    kSet,
    kRuntime,
    kHealth,
    kUntil,
    kStats,
    kProbes
  };
  struct Change {
    std::string endpoint;
    std::optional<std::vector<LabRule>> rules;
    std::optional<LabConnect> connect;
    bool drop_connections = false;
  };
  Kind kind = Kind::kJoin;
  std::string id;           // kSend, kMark
  bool background = false;  // kSend
  Duration time{};          // kSend: lead; kWait, kAt; kUntil: poll
  std::vector<LabLane> lanes;
  std::vector<Change> changes;  // kSet
  std::string cluster;          // kHealth, kUntil
  std::string host, flag;       // kUntil; host empty: a statistic
  bool present = true;
  std::string stat;
  std::optional<std::int64_t> low, high;
  Duration timeout{};
  std::string mark;                // kUntil; empty: none
  std::vector<std::string> names;  // kStats
};

struct LabPlan {
  std::string name;
  config::Node bootstrap;
  std::vector<LabEndpoint> endpoints;
  std::vector<LabStep> steps;
};

Result<LabPlan> read_lab_plan(const std::vector<config::Node>& documents);
Result<LabPlan> load_lab_plan(const std::string& path);

}  // namespace squall::scenarios
