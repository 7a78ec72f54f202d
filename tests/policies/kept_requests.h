// Requests as a listener has made them, for tests of what becomes of their heads.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "policies/exchange.h"

namespace squall::policies {

inline KeptRequest request_of(std::vector<HeaderField> fields, std::string_view path = "/") {
  KeptRequest request;
  request.authority = "a.test";
  request.path = path;
  request.headers = std::move(fields);
  return request;
}

inline std::string_view value(const std::vector<HeaderField>& headers, std::string_view name) {
  return find_header(headers, name).value_or("absent");
}

}  // namespace squall::policies
