// RequestExtras: what few requests need, beside their record.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/text_arena.h"
#include "policies/base/time.h"
#include "policies/hash_policy.h"
#include "policies/head.h"
#include "policies/machine/filter_state.h"
#include "policies/retry.h"

namespace squall::policies {

/// Limits, policies and timers beyond the route's usual ones; hosts that were tried or named; its
/// copies; how far an internal redirect is; ends of a TCP session; its way through the filters.
struct RequestExtras {
  std::uint32_t index = kNone, generation = 0;
  RetryPolicy policy;
  bool alternative_timeout_response = false;     // 204 instead of 504
  Duration per_try_idle{}, upstream_duration{};  // of an attempt; 0: none
  PreviousPriorities priorities;                 // of the retry plugin
  std::vector<std::uint32_t> tried_hosts;        // of the fifth attempt and later ones
  std::vector<RequestId> mirrors;                // while the request is incomplete
  std::vector<std::uint32_t> mirror_clusters;    // of its route's mirrors, where a header names one
  std::optional<std::uint64_t> hash;             // by the route's hash policies
  std::vector<MadeCookie> cookies;               // that the response sets
  std::vector<std::uint32_t> named_hosts;        // by the request itself: local numbers, in order
  Instant active_at{};                           // something came or went
  bool idle_armed = false, overall_armed = false, duration_armed = false;  // limits of its stream

  std::uint32_t redirects = 0;          // that the proxy has followed for the client
  std::uint32_t redirect_from = kNone;  // the attempt whose response may be one
  std::uint16_t redirect_status = 0;    // of that
  std::optional<std::uint32_t> redirect_grpc_status;
  bool redirect_ends = false;         // nothing follows its head
  bool pointed = false;               // a route was looked for where it points: here,
  const Route* pointed_to = nullptr;  // none: there is none
  std::uint32_t pointed_cluster = kNone;
  std::uint32_t virtual_cluster = kNone;                           // by its number in the epoch
  bool safe_method = false;                                        // GET or HEAD
  bool body_lost = false;                                          // it was more than is kept
  std::vector<std::pair<std::string_view, std::string_view>> led;  // from route to route, by name

  bool client_ended = false, host_ended = false;  // TCP: nothing more comes from there
  bool closing = false;                           // TCP: the client's connection is being closed

  FilterProgress filters;
  RequestHead held;  // while it waits in a filter
  std::vector<HeaderField> held_headers;
  TextArena held_text;

  /// Keeps a head beyond the event that brought it.
  void hold(const RequestHead& head) {
    held_text.clear();
    held_headers.clear();
    held = head;
    held.method = held_text.store(head.method);
    held.scheme = held_text.store(head.scheme);
    held.authority = held_text.store(head.authority);
    held.path = held_text.store(head.path);
    for (const auto& [name, value] : head.headers)
      held_headers.push_back({held_text.store(name), held_text.store(value)});
    held.headers = held_headers;
  }
  /// The lists keep their memory; who needs a policy assigns one.
  void reset() {
    alternative_timeout_response = false;
    per_try_idle = upstream_duration = {};
    priorities = {};
    tried_hosts.clear();
    mirrors.clear();
    mirror_clusters.clear();
    hash.reset();
    cookies.clear();
    named_hosts.clear();
    active_at = {};
    redirects = 0;
    safe_method = body_lost = pointed = false;
    redirect_from = kNone;
    led.clear();
    virtual_cluster = kNone;
    client_ended = host_ended = closing = false;
    filters.reset();
    idle_armed = overall_armed = duration_armed = false;
  }
};

}  // namespace squall::policies
