// `squall replay LOG`: does the library still decide as a log says it did?
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/messages.h"
#include "config/bootstrap.h"
#include "decisions/families.h"
#include "decisions/replay.h"

namespace squall::cli {
namespace {

struct Options {
  std::string log, config;
  bool timing = false;
};

/// As an access log writes it.
std::string clock_text(std::int64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds),
                     unix_ns / 1'000'000 % 1000);
}

/// When it was zero for the log's machines; none where it was not written by the wall clock.
std::optional<std::int64_t> unix_ns_at_zero(const decisions::Start& start) {
  if (start.bootstraps().empty() || start.bootstraps(0).unix_seconds_at_zero() == 0)
    return std::nullopt;
  const decisions::Bootstrap& first = start.bootstraps(0);
  return first.unix_seconds_at_zero() * 1'000'000'000 + first.unix_nanos_at_zero();
}

/// The bootstraps that the log brings along, or the one file that is given instead.
Result<decisions::Machines::Configurations> configurations_of(const Options& options,
                                                              const decisions::Start& start) {
  decisions::Machines::Configurations configurations;
  if (!options.config.empty() && !unix_ns_at_zero(start)) {
    return error("--config is for the log of a squall-proxy, and this one is of a run",
                 "change the scenario, and compare its runs");
  }
  std::vector<policies::Epoch> epochs;
  for (const decisions::Bootstrap& one : start.bootstraps()) {
    auto bootstrap = options.config.empty() ? config::parse_bootstrap(one.text(), one.name())
                                            : config::load_bootstrap(options.config);
    if (!bootstrap) return std::unexpected(std::move(bootstrap.error()));
    epochs.push_back(std::move(bootstrap->epoch));
  }
  if (std::string wrong = decisions::number_families(start, epochs); !wrong.empty())
    return error("the log's configurations cannot follow each other: " + wrong, "");
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const std::int64_t zero = start.bootstraps(static_cast<int>(i)).unix_seconds_at_zero();
    configurations.push_back(std::make_unique<policies::Configuration>(std::move(epochs[i]), zero));
  }
  return configurations;
}

std::string counted(std::uint64_t number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

double seconds_of(Instant at) { return static_cast<double>(to_ns(at)) / 1e9; }

/// What differs, and where else it is to be found: by the wall clock, where the log has one.
void print_difference(const std::string& name, const decisions::Difference& difference,
                      const std::optional<std::int64_t>& zero) {
  const auto when = [&](Instant at) {
    return zero ? clock_text(*zero + to_ns(at)) : fmt::format("{:.9f} s", seconds_of(at));
  };
  fmt::print("{}: decision {} differs, of proxy {} at {:.9f} s: {}\n", name, difference.number,
             difference.machine, seconds_of(difference.at), difference.event);
  if (zero) fmt::print("  time:     {}\n", when(difference.at));
  if (!difference.request.empty())
    fmt::print("  request:  {}, received {}\n", difference.request, when(difference.received));
  if (!difference.upstream.empty()) fmt::print("  upstream: {}\n", difference.upstream);
  fmt::print("  logged:   {}\n  now:      {}\n", difference.logged, difference.now);
}

void print(const std::string& name, const decisions::LogReader& log,
           const decisions::Replayed& result) {
  if (!result.difference) {
    fmt::print("{}: {}, {}, {}: identical\n", name, counted(result.decisions, "decision"),
               counted(result.commands, "command"),
               result.machines == 1 ? std::string("one proxy")
                                    : fmt::format("{} proxies", result.machines));
    if (result.ended != decisions::LogEnd::kNone) {
      fmt::print("the log ends before the proxy: {}; {} not in it\n",
                 decisions::to_string(result.ended), counted(result.lost, "decision"));
    } else if (!result.closed) {
      fmt::print("the log has no end{}: the proxy was killed, or still writes\n",
                 log.cut() ? ", its last message is cut" : "");
    }
    return;
  }
  print_difference(name, *result.difference, unix_ns_at_zero(log.start()));
}

int refuse(const Diagnostics& diagnostics) {
  print_messages(diagnostics);
  return kBadInput;
}

int replay(const Options& options) {
  Result<decisions::LogReader> log = decisions::LogReader::open(options.log);
  if (!log) return refuse(log.error());
  const auto configurations = configurations_of(options, log->start());
  if (!configurations) return refuse(configurations.error());
  const Stopwatch watch;
  const Result<decisions::Replayed> result = decisions::replay(*log, *configurations);
  if (!result) return refuse(result.error());
  print(options.log, *log, *result);
  if (options.timing) {
    const double seconds = watch.seconds();
    fmt::print(stderr, "{:.2f} s of wall time, {:.2f} million decisions a second\n", seconds,
               static_cast<double>(result->decisions) / seconds / 1e6);
  }
  return result->difference ? kNo : kYes;
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
  CLI::App& command = *app.add_subcommand(
      "replay", "feed a decision log back: is every command the same, and if not, which differs?");
  auto options = std::make_shared<Options>();
  command
      .add_option("LOG", options->log,
                  "a file that squall-proxy or squall run wrote with --decision-log")
      ->required();
  command
      .add_option(
          "--config", options->config,
          "a bootstrap to decide by instead of that of the squall-proxy that wrote the log: "
          "which decision would be the first to come out otherwise?")
      ->type_name("FILE");
  command.add_flag("--timing", options->timing, "wall time on standard error");
  command.footer(
      "Exit status: 0 identical, 1 a decision differs, 2 no decision log or a broken one.\n"
      "Example:\n  squall replay decisions.log\n"
      "after\n  squall-proxy -c bootstrap.yaml --decision-log decisions.log");
  command.callback([&status, options] { status = replay(*options); });
}

}  // namespace squall::cli
