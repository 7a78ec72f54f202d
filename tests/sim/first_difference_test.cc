#include "sim/first_difference.h"

#include "sim/compare_runs.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::virtual_service;

/// The first difference of the first request that changed.
reports::ChangedRequest changed(const std::string& before, const std::string& after) {
  const auto found = compare_runs(testing::read_text(before), testing::read_text(after), {});
  EXPECT_TRUE(found) << (found ? "" : testing::all_of(found.error()));
  if (!found || found->report.changed_requests().empty()) {
    ADD_FAILURE() << "no request has changed";
    return {};
  }
  return found->report.changed_requests(0);
}

std::string spec(const std::string& workloads, const std::string& more = "") {
  return "spec:\n  duration: 10s\n  workloads:\n    web: {calls: [{to: http://app/}]}\n    app: "
         "{calls: [{to: http://db/}]}\n" +
         workloads +
         "  load: [{name: users, from: outside, to: http://web/, rate: 20/s, arrivals: "
         "constant}]\n" +
         more;
}
const std::string kFails = "    db: {errors: {ratio: 50%, status: 503}}\n";
const std::string kSlow = "    db: {latency: {uniform: {min: 100ms, max: 300ms}}}\n";

TEST(FirstDifference, ARetryIsNamedWithItsRouteHoweverDeepItIs) {
  const auto one =
      changed(spec(kFails, virtual_service("db", "retries: {attempts: 2, retryOn: 5xx}")),
              spec(kFails, virtual_service("db", "retries: {attempts: 0}")));
  EXPECT_EQ(one.before_decision().where(), "app.default -> db.default, attempt 2");
  EXPECT_EQ(one.before_decision().what().substr(0, 16), "retried, at db-0");
  EXPECT_EQ(one.before_decision().resource(), "VirtualService default/db");
  EXPECT_EQ(one.before_decision().file(), "s.yaml");
  EXPECT_GT(one.before_decision().line(), 0U);
  EXPECT_EQ(one.after_decision().what(), "not retried, as no retries are configured");
  EXPECT_EQ(one.after_decision().resource(), "VirtualService default/db");
  EXPECT_NE(one.first_difference().find("(VirtualService default/db, rule 1, s.yaml:"),
            std::string::npos)
      << one.first_difference();
}

TEST(FirstDifference, RetriesThatAreUsedUpAreSaidToBe) {
  const auto one =
      changed(spec(kFails, virtual_service("db", "retries: {attempts: 2, retryOn: 5xx}")),
              spec(kFails, virtual_service("db", "retries: {attempts: 1, retryOn: 5xx}")));
  EXPECT_EQ(one.after_decision().what(), "not retried any more, as its retry is used up");
  const auto other =
      changed(spec(kFails, virtual_service("db", "retries: {attempts: 2, retryOn: 5xx}")),
              spec(kFails, virtual_service("db", "retries: {attempts: 2, retryOn: reset}")));
  EXPECT_EQ(other.after_decision().what(), "not retried, as retryOn does not have what happened");
}

TEST(FirstDifference, ATimeoutIsNamedWithItsRoute) {
  const auto one = changed(spec(kSlow), spec(kSlow, virtual_service("db", "timeout: 200ms")));
  EXPECT_EQ(one.after_decision().where(), "app.default -> db.default, attempt 1");
  EXPECT_NE(one.after_decision().what().find("given up by the timeout of 200ms"), std::string::npos)
      << one.first_difference();
  EXPECT_EQ(one.after_decision().resource(), "VirtualService default/db");
  EXPECT_EQ(one.before_decision().what().substr(0, 17), "db-0.default answ");
}

TEST(FirstDifference, ALimitIsNamedWithItsDestinationRule) {
  const auto one = changed(
      spec(kSlow), spec(kSlow, destination_rule("db",
                                                "connectionPool: {tcp: {maxConnections: 1}, http: "
                                                "{http1MaxPendingRequests: 1}}")));
  EXPECT_EQ(one.after_decision().what(), "refused, as a limit of its connection pool was reached");
  EXPECT_EQ(one.after_decision().resource(), "DestinationRule default/db");
  EXPECT_GT(one.after_decision().line(), 0U);
}

TEST(FirstDifference, AFullQueueIsTheWorkloads) {
  const auto one = changed(spec("    db: {concurrency: 4, latency: 300ms}\n"),
                           spec("    db: {concurrency: 4, queue: {limit: 0}, latency: 300ms}\n"));
  EXPECT_EQ(one.after_decision().what(), "db-0.default turned it away, its queue was full");
  EXPECT_EQ(one.after_decision().resource(), "");
}

TEST(FirstDifference, AnotherDestinationIsTheRoutes) {
  const std::string workloads = "    db: {}\n    other: {errors: {ratio: 100%, status: 503}}\n";
  const std::string moved = virtual_service("db", "timeout: 3s");
  std::string to_other = moved;
  const std::string destination = "destination: {host: db}";
  to_other.replace(to_other.find(destination), destination.size(), "destination: {host: other}");
  const auto one = changed(spec(workloads, moved), spec(workloads, to_other));
  EXPECT_EQ(one.before_decision().what(), "goes to db.default.svc.cluster.local");
  EXPECT_EQ(one.after_decision().what(), "goes to other.default.svc.cluster.local");
}

}  // namespace
}  // namespace squall::sim
