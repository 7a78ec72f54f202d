#include "decisions/machines.h"

#include <bit>
#include <string_view>
#include <utility>

#include "decisions/entry.h"

namespace squall::decisions {
namespace {

using policies::Epoch;
using policies::HealthFlags;
using policies::TimerKind;

template <class Id>
Id id_of(const Decision& decision) {
  return {decision.subject(), decision.generation()};
}

/// Whether a worker tells Control of such a result of the cluster's hosts.
bool is_told(const policies::ClusterConfig& config, policies::HostResult result) {
  if (result < policies::HostResult::kDegraded) return config.outlier.has_value();
  if (result == policies::HostResult::kDegraded)
    return config.outlier && config.outlier->detect_degraded_hosts;
  return !config.health_checks.empty();
}

/// Whose timer it would be, of a decision that says one is due; none: a kind that is not known.
bool is_timer_of(const Decision& decision, bool (*owns)(TimerKind)) {
  return decision.detail() < policies::kTimerKinds &&
         owns(static_cast<TimerKind>(decision.detail()));
}

bool is_workers(TimerKind kind) {
  return !policies::is_controls(kind) && !policies::is_downstreams(kind);
}

}  // namespace

std::string Machines::bring(const Decision& decision, Instant at) {
  now_ = at;
  words_.clear();
  const Event event = decision.event();
  if (event == WORKER_START || event == CONTROL_START) return start(decision);
  if (decision.machine() >= proxies_.size()) return "its machine has not started";
  Proxy& proxy = proxies_[decision.machine()];
  if (proxy.worker == nullptr || proxy.control == nullptr) return "its machine has not started";
  // A turn has one instant. Its end is in a log where the machines of then had something to decide.
  if (proxy.turn_began && *proxy.turn_began < at) return "the turn before it ends with a decision";
  asked_ = &proxy.asked;
  std::string wrong;
  if (event < CONTROL_START) {
    wrong = bring_to_worker(proxy, decision);
    proxy.timers.note(proxy.worker->commands());
    take_words(proxy.worker->commands(), proxy.worker.get());
  } else if (event < CLIENT_OPEN) {
    wrong = bring_to_control(proxy, decision);
    proxy.control->clear_events();
    proxy.timers.note(proxy.control->commands());
    take_words(proxy.control->commands(), nullptr);
  } else {
    wrong = bring_to_client(proxy, decision);
    take_words(client_commands_, nullptr);
  }
  if (!proxy.worker->wants_turn_end() && !proxy.control->wants_turn_end()) {
    proxy.turn_began.reset();
  } else if (!proxy.turn_began) {
    proxy.turn_began = at;
  }
  return wrong;
}

/// The shell that carried them out is not here: they are only compared.
void Machines::take_words(policies::CommandList& commands, const policies::Worker* worker) {
  each_word(commands.pending(), now_, worker, [&](std::uint64_t word) { words_.push_back(word); });
  commands.drain([&](const policies::Command& command) {
    if (command.kind() == policies::CommandKind::kMirror)
      asked_->copy(command.subject(), command.other());
  });
}

std::string Machines::start(const Decision& decision) {
  if (decision.machine() > proxies_.size()) return "a machine before it has not started";
  if (decision.detail() >= configurations_.size()) return "no such configuration";
  const policies::Configuration& configuration = *configurations_[decision.detail()];
  if (decision.machine() == proxies_.size()) proxies_.emplace_back();
  Proxy& proxy = proxies_[decision.machine()];
  if (decision.event() == WORKER_START) {
    proxy = {};
    proxy.worker = std::make_unique<policies::Worker>(configuration, decision.number(), now_);
    proxy.timers.note(proxy.worker->commands());
    take_words(proxy.worker->commands(), proxy.worker.get());
    return "";
  }
  if (proxy.worker == nullptr || &proxy.worker->configuration() != &configuration)
    return "its worker has another configuration";
  proxy.control = std::make_unique<policies::Control>(configuration, decision.number(), now_);
  proxy.timers.note(proxy.control->commands());
  take_words(proxy.control->commands(), nullptr);
  return "";
}

constexpr std::size_t kMostTexts = std::size_t{1} << 18;  // of a head: more than any proxy takes

/// False: it repeats what is not there, or its lengths are not those of its texts.
bool Machines::read_texts(const Head& head) {
  if (head.place() > HeadTable::kPlaces) return false;
  HeadTexts* const place = head.place() == 0 ? nullptr : &heads_[head.place() - 1];
  texts_.clear();
  std::string_view rest = head.text();
  bool repeats = true;
  for (const std::uint32_t run : head.runs()) {
    const std::size_t number = texts_.size(), next = number + (repeats ? run : 1);
    if (place != nullptr ? next > place->size() : repeats && run > 0) return false;
    if (repeats) {
      for (std::size_t i = number; i < next; ++i) texts_.push_back((*place)[i]);
    } else {
      if (run > rest.size() || number == kMostTexts) return false;
      texts_.push_back(rest.substr(0, run));
      rest.remove_prefix(run);
      if (place != nullptr) (*place)[number] = texts_.back();
    }
    repeats = !repeats;
  }
  return rest.empty();
}

void Machines::take_fields(std::size_t from) {
  fields_.clear();
  for (std::size_t i = from; i < texts_.size(); i += 2)
    fields_.push_back({texts_[i], texts_[i + 1]});
}

bool Machines::read_head(const Head& head, policies::RequestHead& out) {
  if (!read_texts(head) || texts_.size() < kRequestTexts || texts_.size() % 2 != 0) return false;
  take_fields(kRequestTexts);
  out = {.method = texts_[0],
         .scheme = texts_[1].empty() ? std::string_view() : texts_[1],  // one is there or is not
         .authority = texts_[2],
         .path = texts_[4],
         .headers = fields_,
         .age = Duration(head.age_ns()),
         .peer = texts_[5],
         .local = texts_[3],
         .peer_port = static_cast<std::uint16_t>(head.peer_port()),
         .local_port = static_cast<std::uint16_t>(head.local_port()),
         .http2 = head.http2(),
         .internal = head.internal(),
         .known_as = head.known_as(),
         .connection = head.connection()};
  return true;
}

bool Machines::read_head(const Head& head, policies::ResponseHead& out) {
  if (!read_texts(head) || texts_.size() % 2 != 0) return false;
  take_fields(0);
  out = {.status = static_cast<std::uint16_t>(head.status()),
         .headers = fields_,
         .closes_connection = head.closes_connection()};
  return true;
}

/// In a slot that there is or that is the next to be made.
void Machines::note(const Decision& decision, const policies::RequestHead& head,
                    const policies::Worker& worker) {
  if (decision.subject() <= worker.requests().capacity())
    asked_->note(decision.subject(), head, now_);
}

std::string Machines::bring_to_worker(Proxy& proxy, const Decision& decision) {
  policies::Worker& worker = *proxy.worker;
  const Event event = decision.event();
  if (event <= CLIENT_RESET) return bring_about_requests(worker, decision);
  if (event <= STREAM_RESET) return bring_about_attempts(worker, decision);
  if (event <= CLOSED) return bring_about_connections(worker, decision);
  if (event <= HOST_HEALTH) return bring_about_hosts(worker, decision);
  if (event == HOSTS) return bring_hosts(worker, decision);
  if (event == CONFIG) return bring_config(worker, decision);
  if (event == TURN_END) {
    worker.on_turn_end(now_);
    return "";
  }
  if (event == REDIRECT) {
    policies::RequestHead head;
    if (decision.has_head() && !read_head(decision.head(), head)) return "its head is broken";
    const policies::RequestId fresh =
        worker.on_redirect(id_of<policies::RequestId>(decision),
                           decision.has_head() ? &head : nullptr, decision.number(), now_);
    if (fresh) asked_->note(fresh.index, head, now_);
    return "";
  }
  if (event == TCP_OPEN || event == TCP_BYTES || event == TCP_CLOSED)
    return bring_about_tcp(worker, decision);
  if (event == REDUCED_TIMEOUTS || event == CLIENT_GONE)
    return bring_about_clients(worker, decision);
  if (event != TIMER) return "an event that this version does not know";
  const auto kind = static_cast<TimerKind>(decision.detail());
  if (!is_timer_of(decision, is_workers) || !proxy.timers.take(kind, decision.subject()))
    return "no such timer is armed";
  worker.on_timer(kind, decision.subject(), now_);
  return "";
}

std::string Machines::bring_about_requests(policies::Worker& worker, const Decision& decision) {
  const auto id = id_of<policies::RequestId>(decision);
  if (is_of(worker.requests(), id) && decision.event() != REQUEST &&
      worker.request(id.index).is_tcp())
    return "the request is a TCP connection";
  switch (decision.event()) {
    case REQUEST: {
      policies::RequestHead head;
      const auto& listeners = worker.configuration().epoch.listeners;
      const bool whole = read_head(decision.head(), head);
      if (whole) note(decision, head, worker);
      if (decision.detail() >= listeners.size() || listeners[decision.detail()].tcp)
        return "no such listener";
      if (!whole) return "its head is broken";
      const policies::RequestId given =
          worker.on_request(decision.detail(), head, decision.number(), decision.end(), now_);
      return given == id ? "" : "the request got another slot";
    }
    case REQUEST_BODY:
      worker.on_request_body(id, decision.number(), decision.end(), now_);
      return "";
    case REQUEST_TRAILERS:
      worker.on_request_trailers(id, now_);
      return "";
    case CLIENT_RESET:
      if (decision.detail() >= policies::kAllDetails) return "no such reason";
      worker.on_client_reset(id, now_, static_cast<policies::Details>(decision.detail()));
      return "";
    default:
      return "an event that this version does not know";
  }
}

std::string Machines::bring_about_attempts(policies::Worker& worker, const Decision& decision) {
  const auto id = id_of<policies::AttemptId>(decision);
  if (is_of(worker.attempts(), id) && worker.request(worker.attempt(id.index).request).is_tcp())
    return "the attempt is a TCP connection's";
  switch (decision.event()) {
    case FIRST_BYTE_SENT:
      worker.on_first_byte_sent(id);
      return "";
    case RESPONSE: {
      policies::ResponseHead head;
      if (!read_head(decision.head(), head)) return "its head is broken";
      worker.on_response(id, head, decision.end(), now_);
      return "";
    }
    case RESPONSE_BODY:
      worker.on_response_body(id, decision.number(), decision.end(), now_);
      return "";
    case RESPONSE_TRAILERS: {
      policies::ResponseHead trailers;
      if (!read_head(decision.head(), trailers)) return "its head is broken";
      worker.on_response_trailers(id, trailers.headers, now_);
      return "";
    }
    default:
      if (decision.detail() >= policies::kResetReasons) return "no such reason";
      worker.on_stream_reset(id, static_cast<policies::ResetReason>(decision.detail()), now_);
      return "";
  }
}

std::string Machines::bring_about_hosts(policies::Worker& worker, const Decision& decision) {
  const Epoch& epoch = worker.configuration().epoch;
  const std::uint32_t subject = decision.subject();
  if (decision.event() == OVERLOAD) {
    worker.on_overload(std::bit_cast<double>(decision.number()));
    return "";
  }
  if (decision.event() == HOST_DRAIN) {
    if (subject >= epoch.host_count()) return "no such host";
    worker.on_host_drain(subject, now_);
    return "";
  }
  if (subject >= epoch.clusters.size()) return "no such cluster";
  const auto hosts = static_cast<int>(epoch.clusters[subject].hosts.size());
  const bool fits = decision.health_size() == hosts &&
                    (decision.passes_size() == 0 || decision.passes_size() == hosts);
  if (!fits) return "the cluster has another number of hosts";
  flags_.clear();
  passes_.clear();
  for (const std::uint32_t bits : decision.health())
    flags_.push_back(HealthFlags::of(static_cast<std::uint16_t>(bits)));
  for (const std::int64_t pass : decision.passes()) passes_.push_back(at_ns(pass));
  worker.on_host_health(subject, {.flags = flags_,
                                  .last_pass = passes_,
                                  .at = at_ns(static_cast<std::int64_t>(decision.number()))});
  return "";
}

/// To a worker or a control: who is a member of a cluster now.
template <class Machine>
std::string Machines::bring_hosts(Machine& machine, const Decision& decision) {
  const policies::Configuration& configuration = machine.configuration();
  const std::uint32_t cluster = decision.subject();
  if (cluster >= configuration.epoch.clusters.size()) return "no such cluster";
  std::vector<bool> absent(decision.health().begin(), decision.health().end());
  if (!absent.empty() && absent.size() != configuration.epoch.clusters[cluster].hosts.size())
    return "the cluster has another number of hosts";
  members_.push_back(configuration.layout_without(cluster, std::move(absent)));
  machine.on_hosts(cluster, members_.back(), now_);
  return "";
}

/// Likewise: by what requests are decided on from now on.
template <class Machine>
std::string Machines::bring_config(Machine& machine, const Decision& decision) {
  if (decision.detail() >= configurations_.size()) return "no such configuration";
  const policies::Configuration& next = *configurations_[decision.detail()];
  if (!machine.configuration().epoch.may_become(next.epoch))
    return "a configuration of another family";
  machine.on_config(next, now_);
  return "";
}

std::string Machines::bring_to_control(Proxy& proxy, const Decision& decision) {
  policies::Control& control = *proxy.control;
  const Epoch& epoch = control.configuration().epoch;
  const std::uint32_t host = decision.subject();
  switch (decision.event()) {
    case HOST_RESULT: {
      if (host >= epoch.host_count()) return "no such host";
      const std::uint32_t cluster = epoch.cluster_of_host(host);
      const policies::ClusterConfig& config = epoch.clusters[cluster];
      const auto result = static_cast<policies::HostResult>(decision.detail());
      if (decision.generation() != cluster) return "the host is another cluster's";
      if (decision.detail() >= policies::kHostResults) return "no such result";
      if (!is_told(config, result)) return "the cluster asks for no such result";
      control.on_host_result(cluster, host, result, static_cast<std::uint32_t>(decision.number()),
                             now_);
      return "";
    }
    case CHECK_RESPONSE: {
      policies::ResponseHead head;
      if (!epoch.has_check(host)) return "no such health check";
      if (!read_head(decision.head(), head)) return "its head is broken";
      control.on_check_response(host, head, decision.detail() == 0, now_);
      return "";
    }
    case CHECK_RESULT:
      if (!epoch.has_check(host)) return "no such health check";
      if (decision.detail() >= policies::kCheckOutcomes) return "no such result";
      control.on_check_result(host, static_cast<policies::CheckOutcome>(decision.detail()), now_);
      return "";
    case CONTROL_TIMER: {
      const auto kind = static_cast<TimerKind>(decision.detail());
      if (!is_timer_of(decision, policies::is_controls) || !proxy.timers.take(kind, host))
        return "no such timer is armed";
      control.on_timer(kind, host, now_);
      return "";
    }
    case CONTROL_HOSTS:
      return bring_hosts(control, decision);
    case CONTROL_CONFIG:
      return bring_config(control, decision);
    case CONTROL_TURN_END:
      control.on_turn_end(now_);
      return "";
    default:
      return "an event that this version does not know";
  }
}

}  // namespace squall::decisions
