#include "sim/heads.h"

#include "policies/grpc.h"

namespace squall::sim {

HeadTable::HeadTable(const HeadTable& other) : rules_(other.rules_) {
  for (const auto& row : other.rows_) intern(row->head);
}

std::uint32_t HeadTable::intern(const OwnHead& head) {
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i]->head == head) return i;
  }
  Row& row = *rows_.emplace_back(std::make_unique<Row>());
  row.head = head;
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
              .known_as = static_cast<std::uint32_t>(rows_.size())};
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
  received.head = intern(out);
  rules.received.resize(size());
  rules.received[head] = received;
  return received;
}

}  // namespace squall::sim
