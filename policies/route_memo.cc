#include "policies/route_memo.h"

#include <algorithm>
#include <cstring>

#include "policies/base/short_text.h"

namespace squall::policies {
namespace {

/// Which place. Two that fall on one drive each other out, and that is all.
std::uint32_t place_of(const RequestHead& head, std::uint64_t watched) {
  const std::uint64_t path = sample_bytes(head.path) + head.path.size();
  const std::uint64_t all = 7 * path + 5 * sample_bytes(head.authority) + watched;
  return static_cast<std::uint32_t>((all ^ all >> 32) * 0x9e3779b97f4a7c15U >> 56);
}

}  // namespace

RouteMemo::RouteMemo(const RouteTable& table) {
  watch("content-type");  // gRPC or not
  watch("grpc-timeout");
  if (!table.vhost_header.empty()) watch(table.vhost_header);
  for (const VirtualHost& host : table.hosts) {
    watch(host.retry);
    if (host.require_tls != VirtualHost::RequireTls::kNone) watch("x-forwarded-proto");
    for (const Route& route : host.routes) {
      watch(route.match.headers);
      if (const auto* forward = std::get_if<Forward>(&route.action)) watch(forward->retry);
    }
  }
}

void RouteMemo::watch(std::string_view name) {
  if (name.empty() || std::ranges::find(names_, name) != names_.end()) return;
  names_.emplace_back(name);
  sizes_ |= std::uint64_t{1} << (name.size() % 64);
}

void RouteMemo::watch(const std::vector<HeaderMatch>& matches) {
  for (const HeaderMatch& match : matches) watch(match.name);
}

void RouteMemo::watch(const std::optional<RetryPolicy>& policy) {
  if (!policy) return;
  watch(policy->request_headers);
  if (policy->lists(kTooEarly)) watch("early-data");
}

bool RouteMemo::is_watched(std::string_view name) const {
  for (const std::string& watched : names_) {
    if (watched.size() == name.size() && same_bytes(watched.data(), name)) return true;
  }
  return false;
}

/// False: there is more to it than is remembered.
[[gnu::always_inline]] inline bool RouteMemo::look(const RequestHead& head, Rest& rest) const {
  std::size_t size = head.path.size() + head.authority.size();
  for (const HeaderField& field : head.headers) {
    if ((sizes_ >> (field.name.size() % 64) & 1) == 0) [[likely]]
      continue;
    if (!is_watched(field.name)) continue;
    if (rest.count == kMostWatched) return false;
    rest.watched[rest.count++] = &field;
    size += field.name.size() + field.value.size() + kWord;
  }
  if (size > kText || head.method.size() > kWord || head.scheme.size() > kWord) return false;
  rest.method = short_word(head.method);
  rest.scheme = short_word(head.scheme);
  return true;
}

[[gnu::always_inline]] inline bool RouteMemo::holds(const Slot& slot, const RequestHead& head,
                                                    const Rest& rest) {
  const std::uint64_t differs =
      (slot.path ^ head.path.size()) | (slot.authority ^ head.authority.size()) |
      (slot.method ^ rest.method) | (slot.scheme ^ rest.scheme) |
      (slot.method_size ^ head.method.size()) | (slot.scheme_size ^ head.scheme.size()) |
      (slot.watched ^ rest.count);
  if (!slot.taken || differs != 0 || !same_bytes(slot.text, head.path) ||
      !same_bytes(slot.text + slot.path, head.authority))
    return false;
  const char* at = slot.text + slot.path + slot.authority;
  for (std::uint32_t i = 0; i < rest.count; ++i) {
    const HeaderField& field = *rest.watched[i];
    const std::uint64_t sizes = field.name.size() << 32 | field.value.size();
    if (load_bytes<std::uint64_t>(at) != sizes || !same_bytes(at + kWord, field.name) ||
        !same_bytes(at + kWord + field.name.size(), field.value))
      return false;
    at += kWord + field.name.size() + field.value.size();
  }
  return true;
}

void RouteMemo::take(Slot& slot, const RequestHead& head, const Rest& rest) {
  slot.taken = true;
  slot.method = rest.method;
  slot.scheme = rest.scheme;
  slot.method_size = static_cast<std::uint8_t>(head.method.size());
  slot.scheme_size = static_cast<std::uint8_t>(head.scheme.size());
  slot.path = static_cast<std::uint32_t>(head.path.size());
  slot.authority = static_cast<std::uint32_t>(head.authority.size());
  slot.watched = rest.count;
  char* at = std::ranges::copy(head.path, slot.text).out;
  at = std::ranges::copy(head.authority, at).out;
  for (std::uint32_t i = 0; i < rest.count; ++i) {
    const HeaderField& field = *rest.watched[i];
    const std::uint64_t sizes = field.name.size() << 32 | field.value.size();
    std::memcpy(at, &sizes, kWord);
    at = std::ranges::copy(field.name, at + kWord).out;
    at = std::ranges::copy(field.value, at).out;
  }
}

RouteMemo::Place RouteMemo::find(const RequestHead& head) {
  Rest rest;
  if (head.internal || !look(head, rest)) [[unlikely]]
    return {};
  std::uint64_t watched = rest.method;
  for (std::uint32_t i = 0; i < rest.count; ++i)
    watched += 9 * sample_bytes(rest.watched[i]->value);
  if (slots_ == nullptr) [[unlikely]]
    slots_ = std::make_unique<std::array<Slot, kPlaces>>();
  static_assert(kPlaces == 1 << 8);
  std::uint32_t place = place_of(head, watched);
  if (holds((*slots_)[place], head, rest)) [[likely]]
    return {place + 1, true};
  if (holds((*slots_)[place ^ 1], head, rest)) return {(place ^ 1) + 1, true};
  const bool full = (*slots_)[place].taken && (*slots_)[place ^ 1].taken;
  if (full) turn_ ^= 1;
  if (full ? turn_ != 0 : (*slots_)[place].taken) place ^= 1;
  take((*slots_)[place], head, rest);
  return {place + 1, false};
}

}  // namespace squall::policies
