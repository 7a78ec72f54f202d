// What a shell opens before it serves: listeners, logs, the admin page, connections for checks.
#include <fcntl.h>
#include <fmt/format.h>

#include "policies/base/mix.h"
#include "proxy/shell.h"

namespace squall::proxy {
namespace {

std::int64_t unix_seconds_at_zero(const Clock& clock) {
  return clock.unix_ns(Instant{}) / 1'000'000'000;
}

/// Null when none is wanted.
Result<std::unique_ptr<decisions::LogWriter>> open_decisions(const ShellOptions& options,
                                                             const Clock& clock) {
  if (options.decision_log.empty()) return nullptr;
  decisions::Start start;
  decisions::Bootstrap& bootstrap = *start.add_bootstraps();
  bootstrap.set_text(options.bootstrap_text);
  bootstrap.set_name(options.bootstrap_name);
  bootstrap.set_unix_seconds_at_zero(unix_seconds_at_zero(clock));
  bootstrap.set_unix_nanos_at_zero(
      static_cast<std::uint32_t>(clock.unix_ns(Instant{}) % 1'000'000'000));
  return decisions::LogWriter::open(options.decision_log, start,
                                    {.most_bytes = options.decision_log_bytes});
}
}  // namespace

Diagnostics Shell::check(const config::Bootstrap& bootstrap) {
  Diagnostics found;
  for (const config::ListenerShell& listener : bootstrap.listeners) {
    for (const config::AccessLog& log : listener.access_logs) {
      if (const auto good = AccessLog::check(log); !good) found.add(good.error());
    }
  }
  return found;
}

ShellState::ShellState(config::Bootstrap bootstrap, const ShellOptions& options, const Clock& clock,
                       std::unique_ptr<decisions::LogWriter> decisions)
    : bootstrap_(std::move(bootstrap)),
      bootstrap_text_(options.bootstrap_text),
      bootstrap_name_(options.bootstrap_name),
      clock_(clock),
      configuration_(std::move(bootstrap_.epoch), unix_seconds_at_zero(clock)),
      seed_(options.seed),
      decisions_(std::move(decisions)),
      worker_(configuration_, mix(seed_, Purpose::kBalancerSeed, 0), Instant{},
              {.log = decisions_.get()}),
      control_(configuration_, mix(seed_, Purpose::kEnforce, 0), Instant{},
               {.log = decisions_.get()}),
      prober_(configuration_, control_, poller_),
      overload_(bootstrap_.overload),
      pinger_(timers_, seed_),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratch)) {}

Result<std::unique_ptr<Shell>> Shell::open(config::Bootstrap bootstrap,
                                           const ShellOptions& options) {
  Diagnostics refused = check(bootstrap);
  if (!refused.empty()) return std::unexpected(std::move(refused));
  const Clock clock;
  Result<std::unique_ptr<decisions::LogWriter>> log = open_decisions(options, clock);
  if (!log) return std::unexpected(std::move(log.error()));
  std::unique_ptr<Shell> shell(new Shell(std::move(bootstrap), options, clock, *std::move(log)));
  if (Result<void> opened = shell->open_doors(); !opened)
    return std::unexpected(std::move(opened.error()));
  return shell;
}

Result<void> Shell::open_doors() {
  if (Result<void> opened = event_log_.open(configuration_, bootstrap_.ejection_log); !opened)
    return opened;
  const policies::Epoch& epoch = configuration_.epoch;
  ping_timeouts_.by_cluster.resize(epoch.clusters.size());
  for (std::uint32_t h = 0; h < epoch.host_count(); ++h) {
    auto name = socket_name(epoch.host(h).address, epoch.host(h).port);
    if (!name) return std::unexpected(std::move(name.error()));
    host_texts_.push_back(name->text());
    host_names_.push_back(*name);
  }
  for (const config::ListenerShell& listener : bootstrap_.listeners) {
    Door& door = doors_.emplace_back();
    door.stats.prefix = listener.stat_prefix;
    for (const config::AccessLog& log : listener.access_logs) {
      Result<AccessLog> opened = AccessLog::open(log);
      if (!opened) return std::unexpected(std::move(opened.error()));
      door.logs.push_back(*std::move(opened));
    }
    auto name = socket_name(listener.address.address, listener.address.port);
    if (!name) return std::unexpected(std::move(name.error()));
    Result<Fd> socket = bind_to(*name);
    if (!socket) return std::unexpected(std::move(socket.error()));
    door.socket = *std::move(socket);
    addresses_.push_back(name_of(door.socket));
  }
  if (control_.ready()) {
    if (Result<void> listening = listen(); !listening) return listening;
  }
  spare_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!bootstrap_.admin) return {};
  auto name = socket_name(bootstrap_.admin->address, bootstrap_.admin->port);
  if (!name) return std::unexpected(std::move(name.error()));
  return admin_.open(*name, poller_);
}

/// When all clusters can be used. Until then clients are refused, as by a server that is not there.
Result<void> Shell::listen() {
  listening_ = true;
  for (std::uint32_t i = 0; i < doors_.size(); ++i) {
    if (Result<void> listening = begin_listening(doors_[i].socket); !listening) return listening;
    if (accepting_) poller_.watch(doors_[i].socket, {.source = Source::kListener, .index = i});
  }
  return {};
}

}  // namespace squall::proxy
