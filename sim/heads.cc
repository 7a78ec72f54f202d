#include "sim/heads.h"

#include <string_view>

#include "policies/base/mix.h"
#include "policies/grpc.h"

namespace squall::sim {

namespace {

std::uint64_t hash_of(const OwnHead& head) {
  std::uint64_t hash = 0;
  for (const std::string_view part :
       {std::string_view(head.method), std::string_view(head.scheme),
        std::string_view(head.authority), std::string_view(head.path)})
    hash = mix(hash, hash_name(part));
  for (const auto& [name, value] : head.headers)
    hash = mix(mix(hash, hash_name(name)), hash_name(value));
  return hash;
}

}  // namespace

HeadTable::HeadTable(const HeadTable& other) : rules_(other.rules_) {
  for (const auto& row : other.rows_) intern(row->head, row->few);
}

std::uint32_t HeadTable::intern(const OwnHead& head, bool few) {
  const std::uint64_t hash = hash_of(head);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    if (rows_[at->second]->head == head) return at->second;
  }
  by_hash_.emplace(hash, static_cast<std::uint32_t>(rows_.size()));
  Row& row = *rows_.emplace_back(std::make_unique<Row>());
  row.head = head;
  row.few = few;
  for (const auto& [name, value] : row.head.headers) {
    row.fields.push_back({name, value});
    if (name == "grpc-timeout") row.timeout = policies::parse_grpc_timeout(value);
  }
  row.view = {.method = row.head.method,
              .scheme = row.head.scheme,
              .authority = row.head.authority,
              .path = row.head.path,
              .headers = row.fields,
              .internal = false,
              .known_as = few ? static_cast<std::uint32_t>(rows_.size()) : 0};
  return static_cast<std::uint32_t>(rows_.size() - 1);
}

std::uint32_t HeadTable::intern(const policies::TargetRules& rules, std::uint16_t port) {
  if (rules == policies::TargetRules()) return 0;
  if (rules.strip_port != policies::StripPort::kMatching) port = 0;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].rules == rules && rules_[i].port == port) return i + 1;
  }
  rules_.push_back({.rules = rules, .port = port, .received = {}});
  return static_cast<std::uint32_t>(rules_.size());
}

ReceivedHead HeadTable::receive_new(std::uint32_t number, std::uint32_t head) {
  Rules& rules = rules_[number - 1];
  policies::RequestHead changed = view(head);
  TextArena text;
  ReceivedHead received{.reception = policies::receive_target(
                            rules.rules, policies::is_grpc(changed), rules.port, changed, text)};
  OwnHead out = own(head);
  out.path = changed.path;
  out.authority = changed.authority;
  received.head = intern(out, is_few(head));
  rules.received.resize(size());
  rules.received[head] = received;
  return received;
}

}  // namespace squall::sim
