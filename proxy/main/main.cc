// `squall-proxy`: an HTTP proxy configured by an Envoy bootstrap.
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <string>

#include "proxy/shell.h"

namespace squall::proxy {
namespace {

enum Status { kGood = 0, kBadInput = 2, kOurFault = 3 };

struct Options {
  std::string config, mode = "serve", admin_address, decision_log;
  int concurrency = 1;
  std::uint64_t decision_log_megabytes = 1024;
};

int report(const Diagnostics& diagnostics) {
  for (const Diagnostic& one : diagnostics.sorted()) fmt::print(stderr, "{}\n", to_string(one));
  return kBadInput;
}

/// "127.0.0.1:9901" or "[::1]:9901".
Result<config::SocketAddress> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view address = text.substr(0, std::min(colon, text.size()));
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  unsigned port = 0;
  const std::string_view digits = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool good = failure == std::errc() && end == digits.data() + digits.size() && port < 65536;
  if (!good || !socket_name(address, 0)) {
    return error(fmt::format("--admin-address: \"{}\" is no address", text),
                 "write IP:PORT, such as 127.0.0.1:9901");
  }
  return config::SocketAddress{std::string(address), static_cast<std::uint16_t>(port)};
}

/// Signals to be read rather than caught.
Fd signals_of(std::initializer_list<int> numbers) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

int serve(Shell& shell, const Fd& stop, const Fd& reopen) {
  for (const SocketName& address : shell.addresses())
    fmt::print(stderr, "listening on {}\n", address.text());
  if (const SocketName* admin = shell.admin_address())
    fmt::print(stderr, "admin on {}\n", admin->text());
  shell.run(stop, reopen);
  const decisions::LogWriter* log = shell.decisions();
  if (log != nullptr && log->ended() != decisions::LogEnd::kNone) {
    fmt::print(stderr, "warning: the decision log lacks the last {} decisions: {}\n", log->lost(),
               decisions::to_string(log->ended()));
  }
  return kGood;
}

int run(const Options& options) {
  const Fd stop = signals_of({SIGTERM, SIGINT});
  const Fd reopen = signals_of({SIGUSR1});
  std::signal(SIGHUP, SIG_IGN);
  Result<std::string> text = config::read_text(options.config);
  if (!text) return report(text.error());
  auto bootstrap = config::parse_bootstrap(*text, options.config);
  if (!bootstrap) return report(bootstrap.error());
  report(bootstrap->warnings);
  if (!options.admin_address.empty()) {
    auto address = parse_address(options.admin_address);
    if (!address) return report(address.error());
    bootstrap->admin = *address;
    bootstrap->epoch.counts_hosts = true;
  }
  if (options.mode == "validate") {
    Diagnostics wrong = Shell::check(*bootstrap);
    if (!wrong.empty()) return report(wrong);
    fmt::print("configuration '{}' OK\n", options.config);
    return kGood;
  }
  ShellOptions for_shell{.decision_log = options.decision_log,
                         .decision_log_bytes = options.decision_log_megabytes << 20,
                         .bootstrap_text = *std::move(text),
                         .bootstrap_name = options.config};
  if (::getrandom(&for_shell.seed, sizeof for_shell.seed, 0) != sizeof for_shell.seed)
    return kOurFault;
  auto shell = Shell::open(*std::move(bootstrap), for_shell);
  if (!shell) return report(shell.error());
  return serve(**shell, stop, reopen);
}

int main_of(int argc, char** argv) {
  CLI::App app("An HTTP/1.1 and HTTP/2 proxy with the policies that squall runs in virtual time.",
               "squall-proxy");
  Options options;
  app.set_version_flag("--version", fmt::format("squall-proxy {}", kVersionNumber));
  app.add_option("-c,--config-path", options.config, "An Envoy static bootstrap, YAML or JSON.")
      ->required();
  app.add_option("--mode", options.mode, "serve, or validate: check the bootstrap and end.")
      ->check(CLI::IsMember({"serve", "validate"}));
  app.add_option("--concurrency", options.concurrency, "Worker threads; this version has one.")
      ->check(CLI::IsMember({1}));
  app.add_option("--admin-address", options.admin_address,
                 "IP:PORT of the admin page, instead of the bootstrap's.");
  app.add_option("--decision-log", options.decision_log,
                 "FILE: write down all that is decided, for squall replay. It holds the heads of "
                 "requests with their cookies; only its owner may read it.");
  app.add_option("--decision-log-limit", options.decision_log_megabytes,
                 "N: megabytes after which the decision log ends.")
      ->check(CLI::Range(1, 1 << 20));
  app.footer(
      "Exit status: 0 ended by a signal, 2 wrong usage or bootstrap, 3 an internal error.\n"
      "Example:\n  squall-proxy -c bootstrap.yaml --admin-address 127.0.0.1:9901");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "squall-proxy: error: {}; see `squall-proxy --help`\n", wrong.what());
    return kBadInput;
  }
  return run(options);
}

}  // namespace
}  // namespace squall::proxy

int main(int argc, char** argv) {
  try {
    return squall::proxy::main_of(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "squall-proxy: error: internal error: {}\n", e.what());
  }
  return squall::proxy::kOurFault;
}
