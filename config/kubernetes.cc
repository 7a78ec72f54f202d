#include "config/kubernetes.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::config {
namespace {

/// Kubernetes takes a whole number or a text for a port.
void read_port_ref(const Value& value, PortRef& out) {
  if (!value) return;
  if (!value.node().quoted && value.node().as_int()) {
    if (const auto number = value.integer({1, 65535})) out.number = static_cast<int>(*number);
  } else if (const auto text = value.text()) {
    out.name = *text;
  }
}

void read_selector(Fields& selector, LabelSelector& out) {
  using Op = LabelSelector::Operator;
  read_labels(selector, "matchLabels", out.labels);
  selector.objects("matchExpressions", [&](Fields& f) {
    LabelSelector::Expression one;
    f.text("key", one.key);
    f.choice("operator", one.op,
             {{"In", Op::kIn},
              {"NotIn", Op::kNotIn},
              {"Exists", Op::kExists},
              {"DoesNotExist", Op::kDoesNotExist}});
    f.texts("values", one.values);
    out.expressions.push_back(std::move(one));
  });
}

/// Where a container says something that a run would have to heed.
void note_places(const Value& container, PodSpec& out) {
  if (!container || !container.node().is_mapping()) return;
  const Node* resources = container.node().find("resources");
  if (resources == nullptr || !resources->is_mapping()) return;
  const Node* limits = resources->find("limits");
  if (limits != nullptr && !limits->is_null() && out.limits.line == 0) out.limits = limits->place;
}

/// A pod's spec is huge; what is not read here has no part in who gets which request.
void read_pod_spec(Fields& spec, PodSpec& out) {
  std::string deprecated;
  spec.text("serviceAccount", deprecated);
  if (!deprecated.empty()) out.service_account = deprecated;
  spec.text("serviceAccountName", out.service_account);
  spec.text("nodeName", out.node_name);
  spec.text("hostname", out.hostname);
  spec.text("subdomain", out.subdomain);
  spec.boolean("hostNetwork", out.host_network);
  int grace = 30;
  if (spec.integer("terminationGracePeriodSeconds", grace, {0, 86'400}))
    out.grace = std::chrono::seconds(grace);
  bool all_request = true, all_limited = true;
  for (const std::string_view list : {"containers", "initContainers"}) {
    spec.list(list, [&](const Value& item) {
      Fields container(item);
      std::string name;
      container.text("name", name);
      if (name == "istio-proxy") out.has_proxy = true;
      note_places(item, out);
      if (name != "istio-proxy" && item.is_mapping())
        read_mentions(item.node(), out.mentions, out.references);
      if (list == "containers" && name != "istio-proxy") {
        read_probes(container, out.probes);
        const ContainerCpu cpu = read_container_cpu(container);
        out.cpu_request += cpu.request.value_or(0);
        out.cpu_limit += cpu.limit.value_or(0);
        all_request = all_request && cpu.request.has_value();
        all_limited = all_limited && cpu.limit.has_value();
      }
      container.objects("ports", [&](Fields& f) {
        ContainerPort port;
        f.text("name", port.name);
        f.integer("containerPort", port.number, {1, 65535});
        f.accept({"protocol", "hostPort", "hostIP"});
        out.ports.push_back(std::move(port));
      });
    });
  }
  read_volumes(spec.value().node(), out.references);
  if (!all_request) out.cpu_request = 0;
  if (!all_limited) out.cpu_limit = 0;
}

}  // namespace

bool contains(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& one) {
    const auto found = labels.find(one.first);
    return found != labels.end() && found->second == one.second;
  });
}

bool older(const Meta& a, const Meta& b) {
  return std::tie(a.created, a.name, a.ns) < std::tie(b.created, b.name, b.ns);
}

bool LabelSelector::matches(const Labels& of) const {
  if (!contains(of, labels)) return false;
  return std::ranges::all_of(expressions, [&](const Expression& e) {
    const auto found = of.find(e.key);
    const bool there = found != of.end();
    const bool listed = there && std::ranges::find(e.values, found->second) != e.values.end();
    switch (e.op) {
      case Operator::kIn:
        return listed;
      case Operator::kNotIn:
        return !listed;
      case Operator::kExists:
        return there;
      case Operator::kDoesNotExist:
        return !there;
    }
    return false;
  });
}

void read_labels(Fields& of, std::string_view name, Labels& out) {
  of.map(name, [&](const std::string& key, const Value& value) {
    if (!value) {
      out[key] = "";
    } else if (const auto text = value.text()) {
      out[key] = *text;
    }
  });
}

Meta read_meta(Fields& object, bool namespaced) {
  Meta out;
  out.place = object.value().node().place;
  const Value metadata = object["metadata"];
  if (metadata) {
    Fields f(metadata);
    f.text("name", out.name);
    f.text("namespace", out.ns);
    f.text("creationTimestamp", out.created);
    read_labels(f, "labels", out.labels);
    read_labels(f, "annotations", out.annotations);
    if (out.name.empty()) {
      const Value generated = f["generateName"];
      if (const auto name = generated ? generated.text() : std::nullopt) out.name = *name;
    }
  }
  if (out.name.empty()) object.value().error("metadata.name is missing");
  if (out.name.find("{{") != std::string::npos) {
    object.value().error("its name is a template's: {{ }} is filled in by Helm",
                         "render it first: helm template NAME CHART > manifests.yaml");
  }
  if (!namespaced) {
    out.ns.clear();
  } else if (out.ns.empty()) {
    out.ns = "default";
  }
  return out;
}

void read(Fields& object, Service& out) {
  object.object("spec", [&](Fields& spec) {
    spec.text("type", out.type);
    std::string ip;
    spec.text("clusterIP", ip);
    if (!spec.texts("clusterIPs", out.cluster_ips) && !ip.empty()) out.cluster_ips = {ip};
    spec.text("externalName", out.external_name);
    read_labels(spec, "selector", out.selector);
    out.selector_place = spec["selector"].place();
    spec.boolean("publishNotReadyAddresses", out.publish_not_ready);
    spec.text("trafficDistribution", out.traffic_distribution);
    spec.objects("ports", [&](Fields& f) {
      ServicePort port;
      port.place = f.value().node().place;
      f.text("name", port.name);
      f.integer("port", port.port, {1, 65535});
      f.require("port");
      read_port_ref(f["targetPort"], port.target);
      port.target_place = f["targetPort"].place();
      f.text("protocol", port.protocol);
      f.text("appProtocol", port.app_protocol);
      f.accept({"nodePort"});
      const auto same = [&](const ServicePort& other) { return other.name == port.name; };
      if (!port.name.empty() && std::ranges::any_of(out.ports, same)) {
        f["name"].error(fmt::format("\"{}\" is the name of another port", port.name),
                        "give each port its own name");
      }
      out.ports.push_back(std::move(port));
    });
    for (std::size_t i = 0; out.ports.size() > 1 && i < out.ports.size(); ++i) {
      if (out.ports[i].name.empty()) {
        spec["ports"].item(i).error("name is missing", "each of several ports has a name");
      }
    }
    spec.accept({"ipFamilies", "ipFamilyPolicy", "externalIPs", "externalTrafficPolicy",
                 "internalTrafficPolicy", "healthCheckNodePort", "loadBalancerIP",
                 "loadBalancerClass", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts",
                 "sessionAffinity", "sessionAffinityConfig"});
  });
}

void read(Fields& object, Workload& out) {
  object.object("spec", [&](Fields& spec) {
    spec.integer("replicas", out.replicas, {0, 100'000});
    const bool selects =
        spec.require("selector", "write selector: {matchLabels: ...} with labels of the template");
    const bool good = spec.object("selector", [&](Fields& f) { read_selector(f, out.selector); });
    if (const Value value = spec["template"]; value.is_mapping()) {
      Fields pod_template(value);
      if (const Value metadata = pod_template["metadata"]; metadata.is_mapping()) {
        Fields f(metadata);
        read_labels(f, "labels", out.pod.labels);
        read_labels(f, "annotations", out.pod.annotations);
        read_sidecar_annotations(f["annotations"], out.spec.sidecar);
        if (selects && good && !out.selector.matches(out.pod.labels)) {
          (f["labels"] ? f["labels"] : f.value())
              .error("the selector does not match them",
                     "give the template the labels of spec.selector");
        }
      }
      if (const Value pod = pod_template["spec"]; pod.is_mapping()) {
        Fields f(pod);
        read_pod_spec(f, out.spec);
      }
    }
    spec.accept({"strategy", "minReadySeconds", "revisionHistoryLimit", "paused",
                 "progressDeadlineSeconds", "serviceName", "volumeClaimTemplates",
                 "podManagementPolicy", "updateStrategy", "persistentVolumeClaimRetentionPolicy",
                 "ordinals"});
  });
}

void read(Fields& object, Pod& out) {
  if (const Value spec = object["spec"]; spec.is_mapping()) {
    Fields f(spec);
    read_pod_spec(f, out.spec);
  }
  if (const Value metadata = object["metadata"]; metadata.is_mapping()) {
    Fields f(metadata);
    out.ended = f.has("deletionTimestamp");
    read_sidecar_annotations(f["annotations"], out.spec.sidecar);
  }
  const Value value = object["status"];
  if (!value.is_mapping()) return;
  Fields status(value);
  status.text("podIP", out.ip);
  std::string phase;
  status.text("phase", phase);
  if (phase == "Succeeded" || phase == "Failed") out.ended = true;
  const bool said = status.list("conditions", [&](const Value& item) {
    Fields condition(item);
    std::string type;
    std::string truth;
    condition.text("type", type);
    condition.text("status", truth);
    if (type == "Ready") out.ready = truth == "True";
  });
  if (!said && phase == "Pending") out.ready = false;
}

void read(Fields& object, EndpointSlice& out) {
  const auto service = out.meta.labels.find("kubernetes.io/service-name");
  if (service != out.meta.labels.end()) out.service = service->second;
  object.accept({"addressType"});
  object.objects("ports", [&](Fields& f) {
    EndpointSlice::Port port;
    f.text("name", port.name);
    f.integer("port", port.number, {1, 65535});
    f.accept({"protocol", "appProtocol"});
    out.ports.push_back(std::move(port));
  });
  object.objects("endpoints", [&](Fields& f) {
    EndpointSlice::Endpoint one;
    f.texts("addresses", one.addresses);
    f.object("conditions", [&](Fields& conditions) {
      conditions.boolean("ready", one.ready);
      conditions.boolean("terminating", one.terminating);
      conditions.accept({"serving"});
    });
    f.text("nodeName", one.node_name);
    f.text("zone", one.zone);
    f.accept({"hostname", "targetRef", "hints", "deprecatedTopology"});
    out.endpoints.push_back(std::move(one));
  });
}

}  // namespace squall::config
