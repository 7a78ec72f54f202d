#include "sim/heads.h"

namespace squall::sim {

std::uint32_t HeadTable::intern(const OwnHead& head) {
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i]->head == head) return i;
  }
  Row& row = *rows_.emplace_back(std::make_unique<Row>());
  row.head = head;
  for (const auto& [name, value] : row.head.headers) row.fields.push_back({name, value});
  row.view = {.method = row.head.method,
              .scheme = row.head.scheme,
              .authority = row.head.authority,
              .path = row.head.path,
              .headers = row.fields,
              .internal = false,
              .known_as = static_cast<std::uint32_t>(rows_.size())};
  return static_cast<std::uint32_t>(rows_.size() - 1);
}

}  // namespace squall::sim
