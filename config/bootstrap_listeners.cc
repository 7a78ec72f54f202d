#include <fmt/format.h>

#include <string>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

constexpr std::string_view kManagerType =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

constexpr std::string_view kTcpProxyType = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

void read_transport_socket(Fields& f) {
  const Value socket = f["transport_socket"];
  if (!socket) return;
  read_extension(socket, [](std::string_view type, Fields&) {
    return type == "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  });
}

void read_filter_chain(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                       policies::Listener& listener, ListenerShell& shell) {
  f.object("filter_chain_match", [](Fields& match) {
    refuse(match, {"destination_port", "prefix_ranges", "address_suffix", "suffix_len",
                   "direct_source_prefix_ranges", "source_type", "source_prefix_ranges",
                   "source_ports", "server_names", "transport_protocol", "application_protocols"});
  });
  f.accept({"name", "metadata", "transport_socket_connect_timeout"});
  refuse(f, {"use_proxy_proto", "on_demand_configuration"});
  read_transport_socket(f);
  const Value filters = f["filters"];
  if (!filters.is_sequence() || filters.node().items.empty()) {
    if (!filters || filters.node().is_sequence()) {
      f.value().error("there is no filter",
                      "add an HTTP connection manager or a TCP proxy to filters");
    }
    return;
  }
  std::string_view last = "HTTP connection manager";
  const auto read_one = [&](std::string_view type, Fields& config) {
    if (type == kTcpProxyType) {
      read_tcp_proxy(config, listener, shell);
      last = "TCP proxy";
      return true;
    }
    if (type != kManagerType) return false;
    read_manager(config, clusters, listener, shell);
    return true;
  };
  for (std::size_t i = 0; i < filters.node().items.size(); ++i) {
    if (read_extension(filters.item(i), read_one) && i + 1 < filters.node().items.size()) {
      filters.item(i + 1).error(fmt::format("follows the {}, which ends the chain", last),
                                "remove it");
      return;
    }
  }
}

void read_log_format(Fields& f, AccessLog& out) {
  f.object("log_format", [&](Fields& format) {
    const std::optional<std::size_t> form =
        format.exactly_one({"json_format", "text_format", "text_format_source"});
    if (form == 0U && format["json_format"].is_mapping()) {
      out.json_format = format["json_format"].node();
    }
    if (form == 1U && format.text("text_format", out.text_format))
      out.text_at = format["text_format"].node();
    if (form == 2U) {
      out.text_format = read_data_source(format, "text_format_source").value_or("");
      out.text_at = format["text_format_source"].node();
    }
    format.boolean("omit_empty_values", out.omit_empty_values);
    format.accept({"content_type"});
    refuse(format, {"formatters", "json_format_options"});
  });
}

bool read_log(std::string_view type, Fields& f, AccessLog& out) {
  constexpr std::string_view kStreams = "envoy.extensions.access_loggers.stream.v3.";
  if (type == "envoy.extensions.access_loggers.file.v3.FileAccessLog") {
    if (!f["path"]) f.require("path");
    f.text("path", out.path);
    f.at_most_one({"log_format", "format", "json_format", "typed_json_format"});
    if (f.text("format", out.text_format)) out.text_at = f["format"].node();
    for (const std::string_view older : {"json_format", "typed_json_format"}) {
      if (f[older].is_mapping()) out.json_format = f[older].node();
    }
  } else if (type.starts_with(kStreams) && type.ends_with("AccessLog")) {
    out.path = type.ends_with("StderrAccessLog") ? "/dev/stderr" : "/dev/stdout";
  } else {
    return false;
  }
  read_log_format(f, out);
  return true;
}

}  // namespace

void read_access_logs(Fields& f, std::string_view name, std::vector<AccessLog>& out) {
  f.objects(name, [&](Fields& logger) {
    refuse(logger, {"filter"});
    AccessLog log;
    const bool read = read_extension(
        logger, [&](std::string_view type, Fields& config) { return read_log(type, config, log); });
    if (read) out.push_back(std::move(log));
  });
}

void read_listener(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                   policies::Listener& listener, ListenerShell& shell) {
  f.text("name", shell.name);
  listener.name = shell.name;
  if (!f["address"]) f.require("address");
  read_address(f, "address", shell.address);
  read_connection_limit(f, listener.buffer_limit_bytes);
  const Value chains = f["filter_chains"];
  if (chains.is_sequence() && chains.node().items.size() == 1) {
    f.objects("filter_chains", [&](Fields& g) { read_filter_chain(g, clusters, listener, shell); });
  } else if (!chains) {
    f.require("filter_chains");
  } else if (chains.node().is_sequence()) {
    const bool none = chains.node().items.empty();
    (none ? chains : chains.item(1))
        .error(none ? "there is no filter chain" : "a second filter chain",
               "squall takes listeners with one");
  }
  bool bind = true;
  if (f.boolean("bind_to_port", bind) && !bind) f.unsupported({"bind_to_port"});
  f.accept({"stat_prefix", "traffic_direction", "metadata", "enable_reuse_port", "reuse_port",
            "tcp_backlog_size", "drain_type", "ignore_global_conn_limit",
            "connection_balance_config", "listener_filters_timeout",
            "continue_on_listener_filters_timeout", "bypass_overload_manager",
            "max_connections_to_accept_per_socket_event"});
  refuse(f, {"listener_filters", "default_filter_chain", "filter_chain_matcher", "access_log",
             "additional_addresses", "api_listener", "udp_listener_config", "socket_options",
             "transparent", "freebind", "use_original_dst", "internal_listener",
             "tcp_fast_open_queue_length", "enable_mptcp", "fcds_config", "deprecated_v1"});
}

}  // namespace squall::config::envoy
