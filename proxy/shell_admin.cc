// What the admin pages get to see of a shell.
#include "proxy/shell.h"

namespace squall::proxy {

void Shell::show_admin(const Ready& ready) {
  std::vector<DoorStats> stats;
  LogWrites writes;
  for (const Door& door : doors_) {
    stats.push_back({&door.stats, &door.traffic});
    for (const AccessLog& log : door.logs) writes += log.writes();
  }
  admin_.on_ready(ready, poller_,
                  {.worker = worker_,
                   .control = control_,
                   .listeners = stats,
                   .stopping = stopping_,
                   .overload = &overload_,
                   .decisions = decisions_.get(),
                   .pings = &ping_timeouts_,
                   .logs = writes,
                   .addresses = addresses_,
                   .uptime = now_ - Instant{},
                   .node_id = bootstrap_.node_id,
                   .node_cluster = bootstrap_.node_cluster,
                   .bootstrap_text = bootstrap_text_,
                   .bootstrap_name = bootstrap_name_});
}

}  // namespace squall::proxy
