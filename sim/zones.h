// Zones: "REGION/ZONE", and what a name of one or of a region means.
#pragma once
#include <string_view>

namespace squall::sim {

/// Whether it is the wanted zone or of the wanted region.
inline bool in_zone(std::string_view zone, std::string_view wanted) {
  return zone.starts_with(wanted) && (zone.size() == wanted.size() || zone[wanted.size()] == '/');
}

}  // namespace squall::sim
