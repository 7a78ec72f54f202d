#include "sim/client_budget.h"

#include <algorithm>
#include <cmath>

namespace squall::sim {
namespace {

constexpr std::int64_t kOne = 1'000'000;

std::int64_t millionths(double n) {
  return static_cast<std::int64_t>(std::floor(n * static_cast<double>(kOne) + 0.5));
}

}  // namespace

ClientTokens::ClientTokens(const scenarios::TokenBudget& settings)
    : most_(millionths(settings.tokens)),
      per_call_(millionths(settings.per_call)),
      per_success_(millionths(settings.per_success)),
      per_retry_(millionths(settings.per_retry)),
      per_failure_(millionths(settings.per_failure)),
      floor_(millionths(settings.floor)),
      left_(most_) {}

void ClientTokens::earn(std::int64_t n) { left_ = std::min(left_ + n, most_); }

void ClientTokens::spend(std::int64_t n) { left_ = std::max<std::int64_t>(left_ - n, 0); }

bool ClientTokens::take(Instant) {
  const std::int64_t usable = left_ - floor_;
  if (usable <= 0 || usable < per_retry_) return false;
  spend(per_retry_);
  return true;
}

ClientRatio::ClientRatio(const scenarios::RatioBudget& settings)
    : ratio_(millionths(settings.ratio)),
      reserve_(millionths(settings.reserve_per_s * to_seconds(settings.window))),
      balance_(settings.window) {}

bool ClientRatio::take(Instant now) {
  if (reserve_ + balance_.sum(now) < kOne) return false;
  balance_.add(now, -kOne);
  return true;
}

ClientBudget::ClientBudget(const scenarios::ClientRetries& retries) {
  if (retries.token_budget) of_.emplace<ClientTokens>(*retries.token_budget);
  if (retries.ratio_budget) of_.emplace<ClientRatio>(*retries.ratio_budget);
}

void ClientBudget::on_call(Instant now) {
  std::visit([&](auto& one) { one.on_call(now); }, of_);
}

void ClientBudget::on_result(bool failed) {
  std::visit([&](auto& one) { one.on_result(failed); }, of_);
}

bool ClientBudget::take(Instant now) {
  return std::visit([&](auto& one) { return one.take(now); }, of_);
}

}  // namespace squall::sim
