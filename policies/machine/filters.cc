// A request's way through the filters before the router, and what they hear of its answer.
// Source: Envoy's HTTP filters, as docs/policies.md, "Filters" states them.
#include <algorithm>

#include "policies/base/mix.h"
#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

template <class T>
T& slot(std::vector<T>& slots, std::uint32_t number) {
  if (number >= slots.size()) slots.resize(number + 1);
  return slots[number];
}
/// Made when it is first asked for.
template <class T, class... Arguments>
T& state(std::vector<std::unique_ptr<T>>& states, std::uint32_t number,
         const Arguments&... arguments) {
  std::unique_ptr<T>& own = slot(states, number);
  if (own == nullptr) own = std::make_unique<T>(arguments...);
  return *own;
}

/// Of a local answer: most go by its status.
std::uint16_t grpc_status_of(const Outcome& answer, const FilterProgress& progress) {
  constexpr std::uint16_t kDeadlineExceeded = 4, kResourceExhausted = 8;
  if (answer.details == Details::kFaultAbort && progress.abort->grpc_status)
    return static_cast<std::uint16_t>(*progress.abort->grpc_status);
  if (answer.details == Details::kLocalRateLimited && progress.limited_by->as_resource_exhausted)
    return kResourceExhausted;
  return answer.details == Details::kMaxDuration ? kDeadlineExceeded : answer.grpc_status;
}

}  // namespace

/// Fills in what the chain will need, then goes through it. False: it was answered, or waits.
bool WorkerSteps::enter_filters(Request& request, bool require_tls, const RequestHead& head,
                                Instant now) {
  const FilterChains& chains = configuration_->filters[request.listener];
  FilterProgress& progress = extras_of(request).filters;
  progress.require_tls = require_tls;
  progress.chain = &chains.find(request.route, request.weighted_entry);
  return pass_filters(request, head, now);
}

template <>
bool WorkerSteps::pass_filter(Request& request, const FilterStep& step, const FaultConfig& config,
                              const RequestHead& head, Instant now) {
  const std::string_view cluster = request.cluster == kNone
                                       ? std::string_view()
                                       : configuration_->epoch.clusters[request.cluster].name;
  const Faults faults = faults_for(config, head, cluster,
                                   {.delay = mix(request.random, Purpose::kFaultDelay, step.filter),
                                    .abort = mix(request.random, Purpose::kFaultAbort, step.filter),
                                    .rate = mix(request.random, Purpose::kFaultRate, step.filter)});
  FilterProgress& progress = extras_[request.extras].filters;
  if (faults.response_rate > 0 && counts_as_fault(request, step, config)) {
    ++slot(filters_.faults, request.listener).response_rl_injected;
    progress.pace.emplace(faults.response_rate, now);
  }
  progress.abort = faults.abort;
  if (faults.delay > Duration::zero() && counts_as_fault(request, step, config)) {
    ++slot(filters_.faults, request.listener).delays_injected;
    request.outcome.flags.set(ResponseFlag::kDI);
    progress.waits = FilterProgress::Waits::kDelay;
    arm(TimerKind::kFaultDelay, request.index, now + faults.delay);
    return false;
  }
  return pass_abort(request, step, config, now);
}

/// One active fault a request and filter, for both of delay and abort.
bool WorkerSteps::counts_as_fault(const Request& request, const FilterStep& step,
                                  const FaultConfig& config) {
  std::vector<std::uint32_t>& counted = extras_[request.extras].filters.faults;
  if (std::ranges::find(counted, step.filter) != counted.end()) return true;
  FaultStats& stats = slot(filters_.faults, request.listener);
  if (config.max_active_faults && stats.active_faults >= *config.max_active_faults) {
    ++stats.faults_overflow;
    return false;
  }
  ++stats.active_faults;
  counted.push_back(step.filter);
  return true;
}

bool WorkerSteps::pass_abort(Request& request, const FilterStep& step, const FaultConfig& config,
                             Instant now) {
  FilterProgress& progress = extras_[request.extras].filters;
  if (!progress.abort || !counts_as_fault(request, step, config)) return true;
  ++filters_.faults[request.listener].aborts_injected;
  return reply(request, progress.abort->status, Details::kFaultAbort, ResponseFlag::kFI, now);
}

template <>
bool WorkerSteps::pass_filter(Request& request, const FilterStep& step,
                              const LocalRateLimitConfig& config, const RequestHead& head,
                              Instant now) {
  if (!holds(config.enabled, mix(request.random, Purpose::kRateLimitEnabled, step.filter)))
    return true;
  LocalRateLimiter& limiter = state(filters_.limiters, step.number, config, now);
  ++limiter.stats.enabled;
  std::vector<RequestDescriptor> descriptors;
  if (!config.descriptors.empty()) {
    const std::string_view cluster = request.cluster == kNone
                                         ? std::string_view()
                                         : configuration_->epoch.clusters[request.cluster].name;
    static const std::vector<RateLimit> none;
    const auto* forward =
        request.route != nullptr ? std::get_if<Forward>(&request.route->action) : nullptr;
    const RouteRateLimits limits{
        .route = forward != nullptr ? forward->rate_limits : none,
        .host = request.virtual_host != nullptr ? request.virtual_host->rate_limits : none,
        .include_host = forward != nullptr && forward->include_host_rate_limits};
    descriptors = descriptors_of(config, forward != nullptr ? &limits : nullptr, head,
                                 configuration_->epoch.node_cluster, cluster);
  }
  // A connection's limiter is that of the configuration that it met first, as with Envoy.
  LocalRateLimiter& asked =
      config.per_connection && head.connection != 0
          ? filters_.of_connections.try_emplace(head.connection, config, now).first->second
          : limiter;
  LocalRateLimiter::Decision decision = asked.decide(descriptors, now);
  FilterProgress& progress = extras_[request.extras].filters;
  if (decision.bucket != nullptr && decision.headers.value_or(config.headers))
    progress.told.push_back(std::move(decision.bucket));
  if (decision.allowed) {
    ++limiter.stats.ok;
    return true;
  }
  ++limiter.stats.rate_limited;
  if (!holds(config.enforced, mix(request.random, Purpose::kRateLimitEnforced, step.filter))) {
    progress.let_through.push_back(&config);
    return true;
  }
  ++limiter.stats.enforced;
  progress.limited_by = &config;
  return reply(request, config.status, Details::kLocalRateLimited, ResponseFlag::kRL, now);
}

template <>
bool WorkerSteps::pass_filter(Request& request, const FilterStep& step,
                              const AdmissionControlConfig& config, const RequestHead&,
                              Instant now) {
  if (!config.enabled) return true;
  SuccessWindow& window = state(filters_.windows, step.number, config.sampling_window);
  if (rejects(config, window, mix(request.random, Purpose::kAdmission, step.filter), now)) {
    ++slot(filters_.rejected, step.filter);
    return reply(request, 503, Details::kDeniedByAdmissionControl, ResponseFlag::kNone, now);
  }
  extras_[request.extras].filters.admissions.push_back(&step);
  return true;
}

template <>
bool WorkerSteps::pass_filter(Request& request, const FilterStep& step,
                              const AdaptiveConcurrencyConfig& config, const RequestHead&,
                              Instant now) {
  if (!config.enabled) return true;
  if (slot(filters_.controllers, step.filter) == nullptr)
    arm(TimerKind::kConcurrencyUpdate, step.filter, now + config.concurrency_update_interval);
  GradientController& controller = state(filters_.controllers, step.filter, config, now);
  if (!controller.admits()) {
    return reply(request, config.exceeded_status, Details::kConcurrencyLimit, ResponseFlag::kNone,
                 now);
  }
  extras_[request.extras].filters.admitted.push_back({step.filter, now});
  return true;
}

template <>
bool WorkerSteps::pass_filter(Request& request, const FilterStep&, const BufferConfig& config,
                              const RequestHead&, Instant) {
  if (config.disabled || request.complete) return true;
  FilterProgress& progress = extras_[request.extras].filters;
  progress.waits = FilterProgress::Waits::kBody;
  progress.most_body_bytes = config.max_request_bytes;
  push(CommandKind::kKeep, request.index,
       std::max(config.max_request_bytes + 1, buffer_limit(request)));
  return false;
}

bool WorkerSteps::pass_filters(Request& request, const RequestHead& head, Instant now) {
  FilterProgress& progress = extras_[request.extras].filters;
  while (progress.next < progress.chain->size()) {
    const FilterStep& step = (*progress.chain)[progress.next++];
    const auto pass = [&](const auto& config) {
      return pass_filter(request, step, config, head, now);
    };
    if (!std::visit(pass, *step.config)) {
      RequestExtras& extras = extras_[request.extras];
      if (progress.waits != FilterProgress::Waits::kNo && &head != &extras.held) extras.hold(head);
      return false;
    }
  }
  return true;
}

void WorkerSteps::on_fault_delay(Request& request, Instant now) {
  if (request.ended || request.extras == kNone) return;
  FilterProgress& progress = extras_[request.extras].filters;
  if (progress.waits != FilterProgress::Waits::kDelay) return;
  progress.waits = FilterProgress::Waits::kNo;
  const FilterStep& step = (*progress.chain)[progress.next - 1];
  if (!progress.pace && !progress.abort && std::erase(progress.faults, step.filter) > 0)
    --filters_.faults[request.listener].active_faults;  // its fault was the delay
  if (pass_abort(request, step, std::get<FaultConfig>(*step.config), now))
    leave_filters(request, now);
}

/// The request waits in a filter, and more of it has come.
void WorkerSteps::on_more_in_filters(Request& request, std::uint64_t bytes, bool end, Instant now) {
  request.body_bytes += bytes;
  if (end) {
    request.complete = true;
    request.completed = now;
  }
  RequestExtras& extras = extras_[request.extras];
  if (end && !request.has_trailers && extras.overall_armed) {
    cancel(TimerKind::kRequestOverall, request.index);
    extras.overall_armed = false;
  }
  FilterProgress& progress = extras.filters;
  if (progress.waits != FilterProgress::Waits::kBody) return;
  if (request.body_bytes > progress.most_body_bytes) {
    progress.waits = FilterProgress::Waits::kNo;
    request.complete = false;  // its end comes behind what is too much
    reply(request, 413, Details::kRequestTooLarge, ResponseFlag::kNone, now);
  } else if (end) {
    progress.waits = FilterProgress::Waits::kNo;
    leave_filters(request, now);
  }
}

/// Goes on after a wait: the other filters, then the router, whose clock begins now.
void WorkerSteps::leave_filters(Request& request, Instant now) {
  if (!pass_filters(request, extras_[request.extras].held, now)) return;
  const Epoch& epoch = configuration_->epoch;
  if (request.cluster != kNone && !epoch.has(request.cluster)) [[unlikely]]
    request.cluster = epoch.find_cluster(epoch.clusters[request.cluster].name);
  if (!act(request, extras_[request.extras].filters.require_tls, now)) return;
  if (request.complete) request.completed = now;
  forward(request, now);
  if (request.ended) return;
  if (may_need_body(request) && request.body_bytes > buffer_limit(request))
    give_up_retries(request, now);
}

/// A local answer, before it goes out.
void WorkerSteps::shape_reply(Request& request, Instant now) {
  Outcome& outcome = request.outcome;
  FilterProgress& progress = extras_[request.extras].filters;
  if (outcome.grpc) outcome.grpc_status = grpc_status_of(outcome, progress);
  if (progress.chain == nullptr || outcome.details == Details::kOverload) return;
  // Those that the request has not come to hear of the answer all the same.
  for (std::size_t i = progress.next; i < progress.chain->size(); ++i) {
    const FilterStep& step = (*progress.chain)[i];
    const auto* admission = std::get_if<AdmissionControlConfig>(step.config);
    if (admission == nullptr || !admission->enabled) continue;
    state(filters_.windows, step.number, admission->sampling_window);
    progress.admissions.push_back(&step);
  }
  const GrpcStatus grpc = outcome.grpc_status;
  tell_filters(request, outcome.status, outcome.grpc ? &grpc : nullptr, now);
}

/// The head of the answer goes out; `grpc`: it is a gRPC server's, and without a status there it
/// waits for the trailers.
void WorkerSteps::tell_filters(const Request& request, std::uint16_t status, const GrpcStatus* grpc,
                               Instant now) {
  FilterProgress& progress = extras_[request.extras].filters;
  if (grpc != nullptr && !*grpc) return;
  for (const FilterStep* step : progress.admissions) {
    const auto& config = std::get<AdmissionControlConfig>(*step->config);
    const bool good =
        grpc != nullptr ? is_grpc_success(config, **grpc) : is_http_success(config, status);
    filters_.windows[step->number]->record(good, now);
  }
  progress.admissions.clear();
}

/// A piece of a response's body that goes on by and by, or its trailers, which wait behind it.
void WorkerSteps::hold(Request& request, Attempt& attempt, std::uint64_t bytes, bool trailers,
                       bool end, Instant now) {
  ResponsePace& pace = *extras_[request.extras].filters.pace;
  commands_.push({.kind = CommandKind::kHoldBody,
                  .detail = static_cast<std::uint8_t>(trailers ? 1 : 0),
                  .end = end,
                  .subject = request.index,
                  .number = attempt.index});
  pace.hold(bytes, end);
  if (!pace.armed) arm(TimerKind::kResponsePace, request.index, now);
  pace.armed = true;
  if (!end) return;
  if (request.global_armed) cancel(TimerKind::kGlobal, request.index);
  request.global_armed = false;
  end_upstream(request, attempt, now);
}

void WorkerSteps::on_response_pace(Request& request, Instant now) {
  if (request.ended || request.extras == kNone || !extras_[request.extras].filters.pace) {
    ++stale_;
    return;
  }
  ResponsePace& pace = *extras_[request.extras].filters.pace;
  const std::uint64_t bytes = pace.release(now);
  pace.armed = pace.held() > 0;
  if (pace.armed) arm(TimerKind::kResponsePace, request.index, now + ResponsePace::kInterval);
  note_activity(request, now);
  const bool end = pace.ended() && !pace.armed;
  if (bytes > 0 || end) to_client(CommandKind::kSendHeld, request, bytes, end);
  if (end) finish(request, now);
}

/// Trailers without a status are a failure.
void WorkerSteps::tell_filters_of_trailers(const Request& request, Headers trailers, Instant now) {
  FilterProgress& progress = extras_[request.extras].filters;
  const GrpcStatus status = find_grpc_status(trailers);
  for (const FilterStep* step : progress.admissions) {
    const auto& config = std::get<AdmissionControlConfig>(*step->config);
    filters_.windows[step->number]->record(status && is_grpc_success(config, *status), now);
  }
  progress.admissions.clear();
}

/// The request is over: what it held is given back.
void WorkerSteps::end_filters(Request& request, Instant now) {
  FilterProgress& progress = extras_[request.extras].filters;
  if (progress.waits == FilterProgress::Waits::kDelay)
    cancel(TimerKind::kFaultDelay, request.index);
  progress.waits = FilterProgress::Waits::kNo;
  if (progress.pace && progress.pace->armed) cancel(TimerKind::kResponsePace, request.index);
  if (!progress.faults.empty())
    filters_.faults[request.listener].active_faults -=
        static_cast<std::uint32_t>(progress.faults.size());
  progress.faults.clear();
  // Answers that went out to their end are samples.
  const bool whole = request.outcome.local || request.outcome.details == Details::kViaUpstream;
  for (const FilterProgress::Admitted& admitted : progress.admitted) {
    GradientController& controller = *filters_.controllers[admitted.filter];
    if (whole) {
      controller.on_sample(admitted.at, now);
    } else {
      controller.on_cancelled();
    }
    plan_measurement(admitted.filter, now);
  }
  progress.admitted.clear();
}

/// When the shortest round trip is measured again, if that has been decided: then it is known by
/// now, and intervals of updates begin.
void WorkerSteps::plan_measurement(std::uint32_t filter, Instant now) {
  std::uint64_t& count = slot(filters_.measurements, filter);
  const std::uint64_t random = mix(mix(random_, Purpose::kMinRttJitter, filter), count);
  const auto delay = filters_.controllers[filter]->take_min_rtt_delay(random);
  if (!delay) return;
  ++count;
  cancel(TimerKind::kMinRtt, filter);
  arm(TimerKind::kMinRtt, filter, now + *delay);
  if (*delay == Duration::zero()) return;
  const Duration interval = filters_.controllers[filter]->config().concurrency_update_interval;
  cancel(TimerKind::kConcurrencyUpdate, filter);
  arm(TimerKind::kConcurrencyUpdate, filter, now + interval);
}

void WorkerSteps::on_filter_timer(TimerKind kind, std::uint32_t filter, Instant now) {
  GradientController& controller = *filters_.controllers[filter];
  if (kind == TimerKind::kMinRtt) {
    controller.on_min_rtt_timer(now);
    return;
  }
  if (controller.measuring()) return;  // the next interval begins when it is known
  controller.on_update_interval();
  plan_measurement(filter, now);
  arm(TimerKind::kConcurrencyUpdate, filter, now + controller.config().concurrency_update_interval);
}

}  // namespace squall::policies
