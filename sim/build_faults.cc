// Faults of a Model: whom they meet.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/unknown_name.h"
#include "sim/build_parts.h"
#include "sim/certificates.h"
#include "sim/zones.h"

namespace squall::sim {
namespace {

using Kind = scenarios::Fault::Kind;

/// "12h" for 12h0m0s.
std::string brief(Duration d) {
  std::string text = to_string(d);
  if (text.ends_with("m0s")) text.resize(text.size() - 2);
  if (text.ends_with("h0m")) text.resize(text.size() - 2);
  return text;
}

std::string clock_of(Duration behind) {
  return behind < Duration{} ? brief(-behind) + " ahead" : brief(behind) + " behind";
}

std::string what_of(const scenarios::Fault& fault) {
  static constexpr const char* kWhat[] = {"slow",         "errors",
                                          "crash",        "hang",
                                          "surge",        "unready",
                                          "flush",        "cpu slowed",
                                          "certificates", "dns",
                                          "partition",    "loss",
                                          "delay",        "connections dropped"};
  if (fault.kind == Kind::kCertificate)
    return fault.behind ? "clocks " + clock_of(*fault.behind) : "certificates expired";
  if (fault.kind == Kind::kDns) return fault.stale ? "dns stale" : "dns fails";
  return kWhat[static_cast<std::size_t>(fault.kind)];
}

/// What comes of it where a connection fails for that.
std::string cause_of(const FaultModel& row) {
  const scenarios::Fault& fault = *row.fault;
  const std::string since = brief(fault.at);
  if (!fault.behind) {
    return fmt::format(
        "the certificates of {} have expired at {}: new connections with mutual TLS to it fail "
        "(UF), those that it makes are closed (UC)",
        row.target, since);
  }
  return fmt::format(
      "the clocks of {} are {} since {}: a certificate is not valid there {}, and new connections "
      "with mutual TLS that it makes fail (UF), those to it are closed (UC)",
      row.target, clock_of(*fault.behind), since, *fault.behind > Duration{} ? "yet" : "any more");
}

}  // namespace

void Builder::add_faults() {
  for (const scenarios::Fault& fault : scenario_.faults) {
    FaultModel& row = model_->faults.emplace_back();
    row.fault = &fault;
    row.target = name_of_target(fault);
    row.what = what_of(fault);
    const std::string called = fmt::format("{} {} {}", row.what, row.target, fault.at.count());
    row.key = mix(hash_name(called), same_faults_[called]++);
    if (!fault.edge_to.name.empty()) {
      row.pods = pods_of_workload(fault.edge_to);
      add_link_fault(row, pods_of_workload(fault.edge_from));
      continue;
    }
    if (fault.load.empty()) add_pods(fault, row);
    if (fault.proxies || fault.kind == Kind::kCertificate) check_sidecars(row);
    if (fault.kind == Kind::kCertificate) row.misfit = misfit(cause_of(row));
    if (fault.kind == Kind::kDns || fault.kind >= Kind::kPartition)
      add_link_fault(row, std::nullopt);
  }
}

std::string Builder::name_of_target(const scenarios::Fault& fault) const {
  if (!fault.load.empty()) return "load " + fault.load;
  if (!fault.edge_to.name.empty())
    return fmt::format("{} to {}", full_name(fault.edge_from), full_name(fault.edge_to));
  if (!fault.pod.name.empty()) return fault.pod.text();
  if (!fault.zone.empty()) return "zone " + fault.zone;
  std::string labels;
  for (const auto& [name, value] : fault.labels)
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", name, value);
  if (!labels.empty()) return labels;
  return (fault.proxies ? "sidecars of " : "") + full_name(fault.workload);
}

/// Whether there is something to act on, and whether it does.
void Builder::check_sidecars(const FaultModel& row) {
  const scenarios::Fault& fault = *row.fault;
  const auto has_sidecar = [&](std::uint32_t pod) {
    return mesh_pods_[pod]->sidecar || mesh_pods_[pod]->is_proxy();
  };
  if (!row.pods.empty() && std::ranges::none_of(row.pods, has_sidecar)) {
    add(Severity::kError, fault.place,
        fmt::format("no replica of {} has a sidecar",
                    fault.proxies ? full_name(fault.workload) : row.target),
        "let it be injected, or name another target");
  }
  if (!fault.behind) return;
  const Duration lifetime = scenario_.mesh.certificate_lifetime, behind = *fault.behind;
  if (behind > Certificates::kDatedBack || behind < -lifetime / 2) return;
  add(Severity::kWarning, fault.place,
      fmt::format("clocks {} refuse no certificate: {}", clock_of(behind),
                  behind < Duration{}
                      ? fmt::format("each holds for {} more at least", brief(lifetime / 2))
                      : "each is valid from 2m before it is signed"),
      "write a larger skew");
}

/// Whether anybody asks for a name that each concerns.
void Builder::check_dns() {
  const auto asks = [&](const LinkFault& link, const ProxyModel& proxy) {
    const ConfigurationModel& rules = model_->configurations[proxy.configuration];
    const policies::Epoch& epoch = rules.rules->epoch;
    return std::ranges::any_of(rules.by_dns, [&](std::uint32_t cluster) {
      const auto first = rules.targets.begin() + epoch.hosts_begin(cluster);
      const auto hosts = static_cast<std::ptrdiff_t>(epoch.clusters[cluster].hosts.size());
      return std::any_of(first, first + hosts, [&](const Target& target) {
        return target.pod != kNone &&
               link.meets(proxy.pod, target.pod, scenarios::Fault::Direction::kBoth);
      });
    });
  };
  for (const LinkFault& link : model_->dns_faults) {
    const auto concerned = [&](const ProxyModel& proxy) {
      return !proxy.inbound && asks(link, proxy);
    };
    if (std::ranges::any_of(model_->proxies, concerned)) continue;
    add(Severity::kWarning, model_->faults[link.fault].fault->place,
        fmt::format("no sidecar finds {} by DNS, or anybody for it",
                    model_->faults[link.fault].target),
        "a ServiceEntry with resolution: DNS and a workloadSelector is found so");
  }
}

/// Between its pods and `others`; none: all who are not among them.
void Builder::add_link_fault(const FaultModel& row,
                             const std::optional<std::vector<std::uint32_t>>& others) {
  const bool of_dns = row.fault->kind == Kind::kDns;
  LinkFault& link = (of_dns ? model_->dns_faults : model_->network.faults).emplace_back();
  link.fault = static_cast<std::uint32_t>(model_->faults.size() - 1);
  const std::size_t all = model_->pods.size() + 1;
  link.here.assign(all, 0);
  link.there.assign(all, others ? 0 : 1);
  for (const std::uint32_t pod : row.pods) {
    link.here[pod] = 1;
    if (!others) link.there[pod] = 0;
  }
  if (!others) return;
  for (const std::uint32_t pod : *others) link.there[pod] = 1;
}

std::vector<std::uint32_t> Builder::pods_of_workload(const scenarios::WorkloadRef& ref) {
  std::vector<std::uint32_t> pods;
  const std::uint32_t workload = workload_of(ref);
  if (workload == kNone) {
    problems_.add(scenarios::unknown_workload(ref.place, ref.text(), workload_names()));
    return pods;
  }
  const WorkloadModel& of = model_->workloads[workload];
  for (std::uint32_t i = 0; i < of.pods; ++i) pods.push_back(of.first_pod + i);
  return pods;
}

void Builder::add_pods(const scenarios::Fault& fault, FaultModel& row) {
  const auto collect = [&](const auto& holds) {
    for (std::uint32_t i = 0; i < model_->pods.size(); ++i) {
      if (holds(i)) row.pods.push_back(i);
    }
  };
  if (!fault.pod.name.empty()) {
    collect([&](std::uint32_t i) {
      const std::string& name = model_->pods[i].name;
      return name == fault.pod.text() ||
             (fault.pod.ns.empty() && name.starts_with(fault.pod.name + "."));
    });
    if (row.pods.empty()) unknown_pod(fault.pod);
    return;
  }
  if (!fault.zone.empty()) {
    if (!check_zone(fault.zone, fault.place)) return;
    collect([&](std::uint32_t i) {
      return in_zone(model_->network.zones[model_->pods[i].zone], fault.zone);
    });
  } else if (!fault.labels.empty()) {
    collect([&](std::uint32_t i) {
      const config::Labels& of = mesh_pods_[i]->labels;
      return std::ranges::all_of(fault.labels, [&](const auto& label) {
        const auto at = of.find(label.first);
        return at != of.end() && at->second == label.second;
      });
    });
    if (row.pods.empty())
      add(Severity::kError, fault.place, fmt::format("no pod has the labels {}", row.target),
          "pods that a scenario makes up have app: NAME");
  } else {
    row.pods = pods_of_workload(fault.workload);
  }
  // 28 % of 100 are 28: what multiplying rounds up is no replica.
  const std::size_t all = row.pods.size();
  const double wanted = fault.share * static_cast<double>(all) * (1 - 1e-12);
  row.pods.resize(static_cast<std::size_t>(-std::floor(-wanted)));
  if (row.pods.size() < all) row.what += fmt::format(", {} of {} replicas", row.pods.size(), all);
}

void Builder::unknown_pod(const scenarios::WorkloadRef& ref) {
  std::vector<scenarios::WorkloadPods> all;
  for (const WorkloadModel& workload : model_->workloads) {
    const std::size_t dot = workload.name.rfind('.');
    if (!ref.ns.empty() && ref.ns != workload.name.substr(dot + 1)) continue;
    scenarios::WorkloadPods& one = all.emplace_back(workload.name.substr(0, dot));
    for (std::uint32_t i = workload.first_pod; i < workload.first_pod + workload.pods; ++i) {
      one.pods.push_back(model_->pods[i].name.substr(0, model_->pods[i].name.rfind('.')));
    }
  }
  problems_.add(scenarios::unknown_pod(ref.place, ref.text(), all));
}

}  // namespace squall::sim
