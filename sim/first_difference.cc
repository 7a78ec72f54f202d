#include "sim/first_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "policies/response_flags.h"
#include "reports/text.h"
#include "sim/cluster_name.h"

namespace squall::sim {
namespace {

using policies::Details;
using reports::Decision;

void put_resource(const policies::Provenance* by, Decision& out) {
  if (by == nullptr || by->resource.empty()) return;
  out.set_resource(by->resource);
  out.set_file(by->file);
  out.set_line(static_cast<std::uint32_t>(by->line));
  if (by->rule >= 0) out.set_rule(static_cast<std::uint32_t>(by->rule));
}

const policies::Provenance* route_of(const TracedSpan& span) {
  return span.route != nullptr ? &span.route->provenance : nullptr;
}

Decision said(std::string what, const policies::Provenance* by) {
  Decision out;
  out.set_what(std::move(what));
  put_resource(by, out);
  return out;
}

std::string answer_text(const Answer& answer) {
  if (answer.status == 0) return "was reset";
  if (answer.grpc && answer.grpc_status != 0)
    return fmt::format("answered grpc-status {}", answer.grpc_status);
  return fmt::format("answered {}", answer.status);
}

bool is_same(const Answer& a, const Answer& b) {
  return a.status == b.status && a.grpc == b.grpc && a.grpc_status == b.grpc_status;
}

bool is_same(const TracedAttempt& a, const TracedAttempt& b) {
  return a.end == b.end && is_same(a.answer, b.answer) && a.queue_full == b.queue_full &&
         a.waited_too_long == b.waited_too_long;
}

std::string pod_name(const Trace& trace, std::uint32_t pod) {
  return pod == kNone ? "an address without a pod" : trace.model().pods[pod].name;
}

std::string outcome_text(const Trace& trace, const TracedAttempt& attempt) {
  std::string pod = pod_name(trace, attempt.pod);
  if (attempt.queue_full) return fmt::format("{} turned it away, its queue was full", pod);
  if (attempt.waited_too_long) return fmt::format("{} gave it up, it had waited for too long", pod);
  const auto took = reports::duration_text(to_seconds(attempt.ended - attempt.begun));
  switch (attempt.end) {
    case TracedAttempt::End::kNone:
      return fmt::format("{} has never answered", pod);
    case TracedAttempt::End::kLeft:
      return fmt::format("{} had not answered after {}", pod, took);
    case TracedAttempt::End::kAnswered:
      return fmt::format("{} {} after {}", pod, answer_text(attempt.answer), took);
  }
  return pod;
}

/// Where its route leads.
std::string cluster_text(const TracedSpan& span) {
  if (span.outcome.details == Details::kRouteNotFound)
    return "nowhere: it matches no route (404 NR)";
  if (span.cluster == nullptr) return "to no cluster";
  const ClusterName name = split_cluster(span.cluster->name);
  return "to " + name.host + (name.subset.empty() ? "" : fmt::format(" ({})", name.subset));
}

/// Why there is no attempt after those that failed.
Decision not_retried(const TracedSpan& span) {
  const policies::FlagList flags = span.outcome.flags;
  if (span.retry == nullptr || span.retry->on == 0 || span.retry->num_retries == 0)
    return said("not retried, as no retries are configured", route_of(span));
  if (flags.has(policies::ResponseFlag::kURX))
    return said(fmt::format("not retried any more, as its {} used up",
                            span.retry->num_retries == 1
                                ? "retry is"
                                : fmt::format("{} retries are", span.retry->num_retries)),
                route_of(span));
  if (flags.has(policies::ResponseFlag::kUO))
    return said("not retried, as too many retries were under way", span.origin);
  return said("not retried, as retryOn does not have what happened", route_of(span));
}

/// What the sidecar made of the request in the end.
Decision ending(const TracedSpan& span) {
  const policies::Outcome& outcome = span.outcome;
  if (!span.decided) return said("has no sidecar that decides", nullptr);
  switch (outcome.details) {
    case Details::kRouteNotFound:
      return said("found no route", nullptr);
    case Details::kClusterNotFound:
      return said("its route leads to a cluster that is not there", route_of(span));
    case Details::kNoHealthyUpstream:
      return said("found no healthy host", span.origin);
    case Details::kResponseTimeout:
      return said(fmt::format("ended by the timeout of {}", to_string(span.timeout)),
                  route_of(span));
    case Details::kPerTryTimeout: {
      Decision out = not_retried(span);
      out.set_what(fmt::format("an attempt ended by the timeout of {} a try, ",
                               to_string(span.per_try_timeout)) +
                   out.what());
      return out;
    }
    case Details::kFaultAbort:
      return said(fmt::format("a fault answered {}", outcome.status), route_of(span));
    case Details::kDirectResponse:
      return said(fmt::format("the route itself answered {}", outcome.status), route_of(span));
    default:
      break;
  }
  if (outcome.local && outcome.reset == policies::ResetReason::kOverflow)
    return said("refused, as a limit of its connection pool was reached", span.origin);
  const Answer answer{.status = outcome.status,
                      .grpc_status = static_cast<std::uint8_t>(outcome.grpc_status),
                      .grpc = outcome.grpc};
  if (answer.failed()) return not_retried(span);
  return said(fmt::format("took the answer {}", outcome.status), route_of(span));
}

const TracedAttempt* find(const TracedSpan& span, std::uint32_t number) {
  const auto found = std::ranges::find(span.attempts, number, &TracedAttempt::number);
  return found == span.attempts.end() ? nullptr : &*found;
}

class Search {
 public:
  Search(const Trace& before, const Trace& after) : before_(before), after_(after) {}

  std::optional<FirstDifference> spans(const TracedSpan& one, const TracedSpan& other) const {
    const std::string where = way(one);
    if (one.decided && other.decided && cluster_text(one) != cluster_text(other))
      return both(where, said("goes " + cluster_text(one), route_of(one)),
                  said("goes " + cluster_text(other), route_of(other)));
    std::uint32_t most = 0;
    for (const TracedSpan* span : {&one, &other}) {
      for (const TracedAttempt& attempt : span->attempts) most = std::max(most, attempt.number);
    }
    for (std::uint32_t number = 1; number <= most; ++number) {
      const TracedAttempt* const a = find(one, number);
      const TracedAttempt* const b = find(other, number);
      if (a == nullptr && b == nullptr) continue;
      const std::string at = fmt::format("{}, attempt {}", where, number);
      if (a == nullptr) return both(at, ending(one), begun(after_, other, *b));
      if (b == nullptr) return both(at, begun(before_, one, *a), ending(other));
      if (!is_same(*a, *b)) return attempts(at, one, *a, other, *b);
    }
    const bool same = one.outcome.status == other.outcome.status &&
                      one.outcome.flags == other.outcome.flags && one.decided == other.decided;
    if (same) return std::nullopt;
    return both(where, ending(one), ending(other));
  }

 private:
  static FirstDifference both(const std::string& where, Decision before, Decision after) {
    before.set_where(where);
    after.set_where(where);
    return {std::move(before), std::move(after)};
  }

  std::string way(const TracedSpan& span) const {
    const Model& model = before_.model();
    const std::string source = span.source == kNone ? "outside" : model.workloads[span.source].name;
    const std::string to = span.service == kNone ? "?" : model.services[span.service].name;
    return fmt::format("{} -> {}", source, to);
  }

  static Decision begun(const Trace& trace, const TracedSpan& span, const TracedAttempt& attempt) {
    return said(fmt::format("{} {}", attempt.number > 1 ? "retried, at" : "sent to",
                            outcome_text(trace, attempt)),
                route_of(span));
  }

  /// One that ended otherwise.
  std::optional<FirstDifference> attempts(const std::string& where, const TracedSpan& one,
                                          const TracedAttempt& a, const TracedSpan& other,
                                          const TracedAttempt& b) const {
    if (const auto deeper = calls(a, b)) return deeper;  // whichever pod made them
    const bool same_pod = pod_name(before_, a.pod) == pod_name(after_, b.pod);
    if (!same_pod)
      return both(where, said("was sent where " + outcome_text(before_, a), one.origin),
                  said("was sent where " + outcome_text(after_, b), other.origin));
    return both(where, seen(before_, one, a), seen(after_, other, b));
  }

  /// One that was given up was so by the route's timeouts.
  static Decision seen(const Trace& trace, const TracedSpan& span, const TracedAttempt& attempt) {
    Decision out = said(outcome_text(trace, attempt), nullptr);
    if (attempt.end != TracedAttempt::End::kLeft) return out;
    const Duration waited = attempt.ended - attempt.begun;
    const bool of_try = span.per_try_timeout > Duration{} && waited >= span.per_try_timeout;
    const Duration timeout = of_try ? span.per_try_timeout : span.timeout;
    if (timeout <= Duration{}) return out;
    out.set_what(out.what() + fmt::format(", given up by the timeout of {}{}", to_string(timeout),
                                          of_try ? " a try" : ""));
    put_resource(route_of(span), out);
    return out;
  }

  /// The first of what a server called that differs.
  std::optional<FirstDifference> calls(const TracedAttempt& a, const TracedAttempt& b) const {
    for (const std::uint32_t index : a.calls) {
      const TracedSpan& one = before_.span(index);
      for (const std::uint32_t k : b.calls) {
        const TracedSpan& other = after_.span(k);
        if (one.site != other.site || one.occurrence != other.occurrence) continue;
        if (auto found = spans(one, other)) return found;
      }
    }
    return std::nullopt;
  }

  const Trace& before_;
  const Trace& after_;
};

std::string text_of(const Decision& decision) {
  if (decision.resource().empty()) return decision.what();
  std::string by = decision.resource();
  if (decision.has_rule()) by += fmt::format(", rule {}", decision.rule() + 1);
  if (!decision.file().empty()) by += fmt::format(", {}:{}", decision.file(), decision.line());
  return fmt::format("{} ({})", decision.what(), by);
}

}  // namespace

std::optional<FirstDifference> first_difference(const Trace& before, std::uint32_t one,
                                                const Trace& after, std::uint32_t other) {
  return Search(before, after).spans(before.span(one), after.span(other));
}

std::string text_of(const FirstDifference& difference) {
  return fmt::format("{}: before: {}; after: {}", difference.before.where(),
                     text_of(difference.before), text_of(difference.after));
}

}  // namespace squall::sim
