#include "config/kubernetes_probes.h"

#include <string_view>

namespace squall::config {
namespace {

constexpr IntegerRange kSeconds{0, 86'400};

void read_seconds(Fields& f, std::string_view name, int least, Duration& out) {
  int seconds = static_cast<int>(out / std::chrono::seconds(1));
  if (f.integer(name, seconds, {.least = least, .most = kSeconds.most}))
    out = std::chrono::seconds(seconds);
}

void read_probe(Fields& f, bool readiness, Probe& out) {
  out.place = f.value().node().place;
  const auto how = f.exactly_one({"httpGet", "tcpSocket", "exec", "grpc"});
  f.object("httpGet", [&](Fields& http) {
    http.text("path", out.path);
    http.accept({"port", "host", "scheme", "httpHeaders"});
  });
  f.object("grpc", [&](Fields& grpc) {
    out.path = "/grpc.health.v1.Health/Check";
    grpc.accept({"port", "service"});
  });
  f.accept({"tcpSocket", "exec", "terminationGracePeriodSeconds"});
  if (how == 1U) out.how = Probe::How::kTcp;
  if (how == 2U) out.how = Probe::How::kExec;
  read_seconds(f, "initialDelaySeconds", 0, out.initial_delay);
  read_seconds(f, "periodSeconds", 1, out.period);
  read_seconds(f, "timeoutSeconds", 1, out.timeout);
  constexpr IntegerRange kTimes{1, 1'000'000};
  f.integer("failureThreshold", out.failure_threshold, kTimes);
  if (f.integer("successThreshold", out.success_threshold, kTimes) && !readiness &&
      out.success_threshold != 1)
    f["successThreshold"].error("is 1 for this probe", "leave it out");
}

}  // namespace

void read_probes(Fields& container, Probes& out) {
  const auto read = [&](std::string_view name, std::optional<Probe>& into) {
    container.object(name, [&](Fields& f) {
      Probe probe;
      read_probe(f, name == "readinessProbe", probe);
      if (!into) into = probe;
    });
  };
  read("readinessProbe", out.readiness);
  read("livenessProbe", out.liveness);
  read("startupProbe", out.startup);
}

}  // namespace squall::config
