// What happened in runs of Chaos, so that a test can say that it has been through what it is for.
#pragma once
#include <cstdint>

namespace squall::policies {

struct ChaosTotals {
  std::uint64_t requests = 0, retries = 0, timeouts = 0, ejections = 0, stale = 0, overflows = 0;
  std::uint64_t copies = 0, redirects = 0, idle = 0, lasting = 0, unplaced = 0;
  ChaosTotals& operator+=(const ChaosTotals& other) {
    requests += other.requests;
    retries += other.retries;
    timeouts += other.timeouts;
    ejections += other.ejections;
    stale += other.stale;
    overflows += other.overflows;
    copies += other.copies;
    redirects += other.redirects;
    idle += other.idle;
    lasting += other.lasting;
    unplaced += other.unplaced;
    return *this;
  }
};

}  // namespace squall::policies
