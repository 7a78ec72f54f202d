// Admission control: is this request turned away because too many of the latest have failed?
//
// With n requests and s successes in the window it is, with probability ((n - s/threshold) /
// (n + 1))^(1/aggression), at most max_rejection_probability. The window is made of buckets of a
// second, each dropped when it is as old as the window. Source: Envoy's
// extensions/filters/http/admission_control, 1.36 (docs/policies.md, "Admission control"). Cost:
// amortised constant.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "policies/base/time.h"
#include "policies/health_check_config.h"

namespace squall::policies {

struct AdmissionControlConfig {
  bool enabled = true;
  Duration sampling_window = 30s;
  double aggression = 1;             // at least 1
  double sr_threshold_percent = 95;  // at least 1
  std::uint32_t rps_threshold = 0;   // below it nobody is turned away
  double max_rejection_percent = 80;
  std::vector<StatusRange> http_success;  // empty: 100 to 499
  std::vector<std::uint32_t> grpc_success = {0, 1, 2, 3, 5, 6, 7, 9, 11, 12, 16};
};

bool is_http_success(const AdmissionControlConfig& config, std::uint32_t status);
bool is_grpc_success(const AdmissionControlConfig& config, std::uint32_t status);

/// Of the latest requests, by whether they succeeded.
class SuccessWindow {
 public:
  struct Counts {
    std::uint32_t requests = 0, successes = 0;
  };
  explicit SuccessWindow(Duration window) : window_(window) {}
  void record(bool success, Instant now);
  Counts counts(Instant now);
  std::uint64_t recorded(bool success) const { return recorded_[success ? 1 : 0]; }  // ever
  std::uint32_t average_rps(Instant now);

 private:
  struct Bucket {
    Instant began;
    Counts counts;
  };
  void drop_old(Instant now);

  Duration window_;
  std::deque<Bucket> buckets_;
  Counts sum_;
  std::uint64_t recorded_[2] = {};  // failures, successes
};

double rejection_probability(const AdmissionControlConfig& config, SuccessWindow::Counts counts);
bool rejects(const AdmissionControlConfig& config, SuccessWindow& window, std::uint64_t random,
             Instant now);

}  // namespace squall::policies
