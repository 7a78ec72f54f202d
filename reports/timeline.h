// Timeline: what happened in a run, in rows for people.
//
// Sidecars decide for themselves, so each of them ejects a failing replica, at about the same
// time: happenings of one kind to one thing that stand in a row become one, which says why in all
// of their words. Cost: linear.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "reports/findings.h"
#include "reports/report.pb.h"

namespace squall::reports {

struct TimelineRow {
  double at_s = 0;
  std::string what;  // "ejected"
  std::string who;   // "order-service-0"
  std::string why;   // "consecutive_5xx, seen by web-0 and web-1; the last at 61.204 s"
  std::size_t happenings = 1;
};
std::vector<TimelineRow> timeline_rows(const RunReport& report, const Names& names);

}  // namespace squall::reports
