// Read parts: one function for each part of a scenario file, over config::Fields.
//
// Each sets what it can, reports what is wrong where it stands, and leaves the checks that need
// other parts to the reader. Only scenarios/*.cc includes this.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/resources.h"
#include "scenarios/model.h"

namespace squall::scenarios {

/// Longer than any run: keeps sums of instants far from the end of the clock.
inline constexpr Duration kLongest = std::chrono::hours(24 * 366);
inline constexpr config::DurationRange kPositive{.least = Duration(1), .most = kLongest};
inline constexpr config::DurationRange kDurations{.least = Duration(0), .most = kLongest};

inline constexpr std::int64_t kMostKeys = 10'000'000;
inline constexpr std::int64_t kMostToldKeys = 1'000'000;  // each makes a head of its own
inline constexpr int kMostReplicas = config::Resources::kMostReplicas;

/// `"NAME" cannot be simulated by this version of squall` for each that is set, and ADVICE.
void cannot(config::Fields& fields, config::Fields::Names names,
            std::string_view advice = "leave it out");
void cannot(const config::Value& value, std::string_view what, std::string advice);

// read_request.cc
std::optional<Url> read_url(const config::Value& value);
std::optional<WorkloadRef> read_ref(const config::Value& value, std::size_t from = 0,
                                    std::string_view of = "workload");
WorkloadRef ref_of(std::string_view text);
/// `to`, `method` and `headers`, those that are set.
void read_request(config::Fields& fields, Url& to, std::string& method,
                  std::vector<Header>& headers);
/// `body`: bytes.
void read_body(config::Fields& fields, std::int64_t& out);
/// That `to` is missing, if it is.
bool require_to(config::Fields& fields);
std::optional<RequestMatch> read_match(const config::Value& value);
bool is_token(std::string_view text);
std::string lower(std::string_view text);

// read_distribution.cc
std::optional<Distribution> read_distribution(const config::Value& value);

// read_capacity.cc
/// What a replica has to work with, whom it turns away, and when it gives up.
void read_capacity(config::Fields& fields, Workload& out);

// read_steps.cc
/// Exactly one of status and grpc, which comes with status 200. True: it is grpc.
bool read_answer(config::Fields& fields, int& status, std::optional<int>& grpc);
void read_steps(const config::Value& value, std::vector<Step>& out);

// read_workloads.cc
void read_errors(const config::Value& value, std::vector<ErrorSpec>& out);
/// `ratio`, `status`, `grpc`, `in`.
void read_error(config::Fields& fields, ErrorSpec& out, bool ratio_required);
/// `folder`: of the scenario's file.
void read_workload(const config::Node::Member& member, const config::Value& value,
                   const std::filesystem::path& folder, std::vector<Workload>& out);

// read_sidecar.cc
void read_addresses(config::Fields& fields, std::vector<ReplicaAddress>& out);
/// `sidecar`: of a workload, and what all cost.
void read_sidecar(const config::Value& value, const std::filesystem::path& folder, Workload& out);
void read_sidecar_cost(config::Fields& fields, SidecarCost& out);

// read_client.cc
/// `client`; one that says nothing is none.
void read_client(config::Fields& fields, std::optional<Client>& out);

// read_loads.cc
/// `folder`: of the scenario's file.
void read_load(config::Fields& fields, const std::filesystem::path& folder, std::vector<Load>& out);

// read_start.cc
void read_backoff(config::Fields& fields, Backoff& out);
/// One whose first wait is not known without it.
void read_retry_backoff(config::Fields& fields, std::optional<Backoff>& out);
void read_start(config::Fields& fields, Start& out);

// read_changes.cc
/// `folder`: of the scenario's file.
void read_change(config::Fields& fields, const std::filesystem::path& folder,
                 std::vector<Change>& out);

// read_faults.cc
void read_fault(config::Fields& fields, std::vector<Fault>& out);

// read_network.cc
void read_network(config::Fields& fields, Network& out);

// references.cc
/// Names that no part of the scenario has; only where there are no manifests that might have them.
void check_references(const Scenario& scenario, Diagnostics& diagnostics);

}  // namespace squall::scenarios
