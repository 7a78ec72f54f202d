#include "policies/timeouts.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "policies/exchange.h"
#include "policies/grpc.h"
#include "tests/policies/machine/shell.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;
using std::chrono::milliseconds;

/// Views into `row`.
KeptRequest received_of(const json& row) {
  KeptRequest received;
  received.internal = true;
  received.path = "/";
  for (const auto& [name, value] : row["request_headers"].items())
    received.headers.push_back({received.text.store(name), value.get_ref<const std::string&>()});
  if (row["grpc_request"]) received.headers.push_back({"content-type", "application/grpc"});
  return received;
}

Plan plan_of(const json& row) {
  Plan plan;
  plan.listener.respect_expected_rq_timeout = row["respect_expected_rq_timeout"];
  Forward& route = plan.forward;
  if (!row["route_timeout_ms"].is_null()) route.timeout = milliseconds(row["route_timeout_ms"]);
  if (row.contains("max_grpc_timeout_ms"))
    route.max_grpc_timeout = milliseconds(row["max_grpc_timeout_ms"]);
  if (row.contains("grpc_timeout_offset_ms"))
    route.grpc_timeout_offset = milliseconds(row["grpc_timeout_offset_ms"]);
  route.hedge = {.on_per_try_timeout = row.value("hedge_on_per_try_timeout", false)};
  route.retry.emplace().per_try_timeout = milliseconds(row["retry_per_try_timeout_ms"]);
  return plan;
}

std::string_view header(const KeptRequest& request, std::string_view name) {
  return find_header(request.headers, name).value_or("absent");
}

struct Counts {
  int expected_headers = 0, grpc_headers = 0, hedged = 0;
};

/// Sends the request and checks its timeouts, and what its first attempt says of them.
void check(const json& row, Counts& counts) {
  const KeptRequest received = received_of(row);
  Shell shell(plan_of(row));
  const std::uint32_t id = shell.request(received.view());
  const FinalTimeouts& timeouts = shell.worker.request(id).timeouts;
  EXPECT_EQ(to_ms(timeouts.global), row["global_timeout_ms"]) << row;
  EXPECT_EQ(to_ms(timeouts.per_try), row["per_try_timeout_ms"]) << row;
  EXPECT_EQ(shell.worker.request(id).hedging, row["hedge_on_per_try_timeout"]) << row;
  counts.hedged += row["hedge_on_per_try_timeout"] ? 1 : 0;
  shell.connect(0);
  KeptRequest sent;
  HeaderEdits edits;
  upstream_request(shell.worker, 0, received, edits, sent);
  EXPECT_EQ(header(sent, "x-envoy-upstream-rq-timeout-ms"), "absent");
  if (row.contains("expected_rq_timeout_header")) {
    EXPECT_EQ(header(sent, "x-envoy-expected-rq-timeout-ms"),
              row["expected_rq_timeout_header"].get<std::string>());
    ++counts.expected_headers;
  }
  if (row.contains("grpc_timeout_header_out")) {
    EXPECT_EQ(header(sent, "grpc-timeout"), row["grpc_timeout_header_out"].get<std::string>())
        << row;
    ++counts.grpc_headers;
  }
}

TEST(Timeouts, FinalTimeoutsAndTheHeadersThatTellThem) {
  SQUALL_VECTORS(vectors, "timeouts");
  Counts counts;
  for (const json& row : rows(vectors, "final_timeout", 27)) check(row, counts);
  for (int i = 0; i < 27 + counts.expected_headers + counts.grpc_headers; ++i) replayed(vectors);
  EXPECT_EQ(counts.hedged, 2);
  EXPECT_EQ(counts.expected_headers, 19);
  EXPECT_EQ(counts.grpc_headers, 10);
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"final_timeout", "expected_header_on_attempt"}));
}

TEST(Timeouts, ALaterAttemptIsToldWhatIsLeft) {
  SQUALL_VECTORS(vectors, "timeouts");
  int checked = 0;
  for (const json& row : rows(vectors, "expected_header_on_attempt", 9)) {
    const FinalTimeouts timeouts{milliseconds(row["global_ms"]), milliseconds(row["per_try_ms"])};
    const std::uint32_t ms =
        expected_timeout_ms(timeouts, milliseconds(row["elapsed_ms"]), row["hedged"]);
    EXPECT_EQ(std::to_string(ms), row["header"].get<std::string>()) << row;
    replayed(vectors);
    ++checked;
  }
  EXPECT_EQ(checked, 9);
}

TEST(Timeouts, WithoutAnyNothingIsExpected) {
  EXPECT_EQ(expected_timeout_ms({}, 10s), 0U);
  EXPECT_EQ(expected_timeout_ms({.per_try = 20ms}, 10s), 20U);
}

TEST(Timeouts, TheExpectedTimeoutIsTheCallersOwnAndComesFirst) {
  TimeoutInputs inputs;
  inputs.control.timeout = 15ms;
  inputs.control.expected_timeout = 8ms;
  EXPECT_EQ(final_timeouts({}, nullptr, inputs).global, 15ms);
  inputs.respect_expected = true;
  EXPECT_EQ(final_timeouts({}, nullptr, inputs).global, 8ms);
}

TEST(Timeouts, AMaxStreamDurationTakesTheRouteTimeoutsPlace) {
  Forward route;
  EXPECT_EQ(final_timeouts(route, nullptr, {}).global, 15s);
  route.max_stream_duration.emplace();
  EXPECT_EQ(final_timeouts(route, nullptr, {}).global, 0s);
  TimeoutInputs inputs;
  inputs.control.timeout = 3s;
  EXPECT_EQ(final_timeouts(route, nullptr, inputs).global, 3s);
}

/// Each row is what a live Envoy 1.40 did, with max_stream_duration 400 ms of the manager.
TEST(Timeouts, AStreamsDurationIsTheHeadersTheRoutesOrTheManagers) {
  using Limit = std::optional<Duration>;
  using Header = std::optional<std::string_view>;
  const auto of = [](Limit own, Limit most, Limit offset, Header header) {
    Forward route;
    route.max_stream_duration = {own, most, offset};
    return stream_duration(route, 400ms, header);
  };
  const Limit none;
  EXPECT_EQ(of(none, 200ms, 50ms, "1S"), 150ms);
  EXPECT_EQ(of(none, 200ms, 50ms, "100m"), 50ms);
  EXPECT_EQ(of(none, 200ms, 50ms, "20m"), 0ms);
  EXPECT_EQ(of(none, 200ms, 50ms, {}), 400ms);
  EXPECT_EQ(of(none, 0ms, none, "300m"), 300ms);
  EXPECT_EQ(of(100ms, 200ms, none, "300m"), 200ms);
  EXPECT_EQ(of(100ms, 200ms, none, "20m"), 20ms);
  EXPECT_EQ(of(100ms, 200ms, none, {}), 100ms);
  EXPECT_EQ(of(100ms, none, none, "1S"), 100ms);
  EXPECT_EQ(of(0ms, none, none, "100m"), none);
  EXPECT_EQ(stream_duration({}, 400ms, "100m"), 400ms);
  EXPECT_EQ(stream_duration({}, none, "100m"), none);
}

}  // namespace
}  // namespace squall::policies
