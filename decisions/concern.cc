#include "decisions/concern.h"

#include <fmt/format.h>

#include "decisions/machines.h"
#include "policies/base/ip.h"
#include "policies/headers.h"

namespace squall::decisions {
namespace {

using policies::Attempt;
using policies::Command;
using policies::CommandKind;
using policies::Epoch;
using policies::TimerKind;
using policies::Worker;

Concern of_request(const Worker& worker, std::uint32_t slot) {
  if (slot >= worker.requests().capacity()) return {};
  const policies::Request& request = worker.request(slot);
  return {.request = slot, .cluster = request.cluster, .host = request.last_host};
}

Concern of_host(const Epoch& epoch, std::uint32_t host) {
  if (host >= epoch.host_count()) return {};
  return {.cluster = epoch.cluster_of_host(host), .host = host};
}

Concern of_attempt(const Worker& worker, std::uint32_t slot) {
  if (slot >= worker.attempts().capacity()) return {};
  const Attempt& attempt = worker.attempt(slot);
  Concern concern = of_host(worker.configuration().epoch, attempt.host);
  concern.complete(of_request(worker, attempt.request));
  return concern;
}

Concern of_connection(const Worker& worker, std::uint32_t slot) {
  if (slot >= worker.connections().capacity()) return {};
  const policies::Connection& connection = worker.connection(slot);
  Concern concern = of_host(worker.configuration().epoch, connection.host);
  if (connection.first_attempt != kNone)
    concern.complete(of_attempt(worker, connection.first_attempt));
  return concern;
}

Concern of_check(const Epoch& epoch, std::uint32_t check) {
  return epoch.has_check(check) ? of_host(epoch, epoch.check_at(check).host) : Concern{};
}

Concern of_cluster(const Epoch& epoch, std::uint32_t cluster) {
  return {.cluster = cluster < epoch.clusters.size() ? cluster : kNone};
}

Concern of_timer(const Worker& worker, TimerKind kind, std::uint32_t owner) {
  const Epoch& epoch = worker.configuration().epoch;
  switch (kind) {
    case TimerKind::kGlobal:
    case TimerKind::kBackoff:
    case TimerKind::kStreamIdle:
    case TimerKind::kRequestOverall:
    case TimerKind::kStreamDuration:
    case TimerKind::kFaultDelay:
    case TimerKind::kResponsePace:
      return of_request(worker, owner);
    case TimerKind::kPerTry:
    case TimerKind::kPerTryIdle:
    case TimerKind::kUpstreamDuration:
      return of_attempt(worker, owner);
    case TimerKind::kConnect:
    case TimerKind::kConnectionIdle:
    case TimerKind::kConnectionMax:
      return of_connection(worker, owner);
    case TimerKind::kSweep:
    case TimerKind::kMergeWindow:
      return of_cluster(epoch, owner);
    case TimerKind::kCheckInterval:
    case TimerKind::kCheckTimeout:
      return of_check(epoch, owner);
    default:
      return {};
  }
}

/// What a broken log may say is not for a terminal.
std::string printable(std::string text) {
  for (char& c : text) c = c >= ' ' && c != 127 ? c : '?';
  return text;
}

}  // namespace

void Concern::complete(const Concern& other) {
  if (request == kNone) request = other.request;
  if (cluster == kNone) cluster = other.cluster;
  if (host == kNone && cluster == other.cluster) host = other.host;
}

Concern concern_of(const Decision& decision, const Worker& worker) {
  const std::uint32_t subject = decision.subject();
  const Epoch& epoch = worker.configuration().epoch;
  const auto named = [&](const auto& slots) {
    return subject < slots.capacity() && slots[subject].index == subject &&
           slots[subject].generation == decision.generation();
  };
  switch (decision.event()) {
    case REQUEST:
    case TCP_OPEN:
      return {.request = subject};
    case REQUEST_BODY:
    case REQUEST_TRAILERS:
    case CLIENT_RESET:
    case REDIRECT:
    case TCP_BYTES:
    case TCP_CLOSED:
      return named(worker.requests()) ? of_request(worker, subject) : Concern{};
    case FIRST_BYTE_SENT:
    case RESPONSE:
    case RESPONSE_BODY:
    case RESPONSE_TRAILERS:
    case STREAM_RESET:
      return named(worker.attempts()) ? of_attempt(worker, subject) : Concern{};
    case CONNECTED:
    case CONNECT_FAILED:
    case SETTINGS:
    case GOAWAY:
    case CLOSED:
      return named(worker.connections()) ? of_connection(worker, subject) : Concern{};
    case HOST_HEALTH:
    case HOSTS:
    case CONTROL_HOSTS:
      return of_cluster(epoch, subject);
    case HOST_DRAIN:
    case HOST_RESULT:
      return of_host(epoch, subject);
    case CHECK_RESPONSE:
    case CHECK_RESULT:
      return of_check(epoch, subject);
    case TIMER:
    case CONTROL_TIMER:
      return of_timer(worker, static_cast<TimerKind>(decision.detail()), subject);
    default:
      return {};
  }
}

Concern concern_of(const Command& command, const Worker& worker) {
  const Epoch& epoch = worker.configuration().epoch;
  switch (command.kind()) {
    case CommandKind::kStart:
    case CommandKind::kSendBody:
    case CommandKind::kSendTrailers:
    case CommandKind::kReset:
      return of_attempt(worker, command.subject());
    case CommandKind::kOpen:
      return of_host(epoch, command.other());
    case CommandKind::kClose:
      return of_connection(worker, command.subject());
    case CommandKind::kHostResult:
    case CommandKind::kSetHealth:
      return of_host(epoch, command.subject());
    case CommandKind::kPublish:
      return of_cluster(epoch, command.subject());
    case CommandKind::kSendCheck:
    case CommandKind::kEndCheck:
      return of_check(epoch, command.subject());
    case CommandKind::kArm:
    case CommandKind::kCancel:
      return of_timer(worker, command.timer(), command.subject());
    case CommandKind::kRefuseClient:
    case CommandKind::kGoAway:
    case CommandKind::kCloseClient:
      return {};
    default:
      return of_request(worker, command.subject());
  }
}

std::string describe(const AskedRequest& request) {
  std::string text = request.method.empty()
                         ? std::string("TCP connection")
                         : fmt::format("{} {}{}", request.method, request.authority, request.path);
  if (!request.id.empty()) text += ", x-request-id " + request.id;
  if (!request.peer.empty()) text += ", from " + request.peer;
  if (!request.peer.empty() && request.peer_port != 0)
    text += fmt::format(":{}", request.peer_port);
  return printable(std::move(text));
}

std::string describe(const Concern& concern, const Epoch& epoch) {
  if (concern.cluster >= epoch.clusters.size()) return {};
  std::string text = "cluster " + epoch.clusters[concern.cluster].name;
  if (concern.host < epoch.host_count()) {
    const policies::HostConfig& host = epoch.host(concern.host);
    text += ", host " + with_port(host.address, host.port);
  }
  return text;
}

void AskedRequests::note(std::uint32_t slot, const policies::RequestHead& head, Instant at) {
  if (slot >= slots_.size()) slots_.resize(std::size_t{slot} + 1);
  AskedRequest& asked = slots_[slot];
  asked.method = head.method;
  asked.authority = head.authority;
  asked.path = head.path;
  asked.id = policies::find_header(head.headers, "x-request-id").value_or("");
  asked.peer = head.peer;
  asked.peer_port = head.peer_port;
  asked.at = at;
}

void AskedRequests::copy(std::uint32_t slot, std::uint32_t original) {
  if (original >= slots_.size()) return;
  if (slot >= slots_.size()) slots_.resize(std::size_t{slot} + 1);
  slots_[slot] = slots_[original];
}

const AskedRequest* AskedRequests::find(std::uint32_t slot) const {
  return slot < slots_.size() ? &slots_[slot] : nullptr;
}

}  // namespace squall::decisions
