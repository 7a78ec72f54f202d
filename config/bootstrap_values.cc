#include <fmt/format.h>

#include "config/bootstrap_parts.h"
#include "config/names.h"

namespace squall::config::envoy {
namespace {

bool is_nothing(const Node& node) {
  const bool off = node.is_scalar() && !node.quoted && node.text == "false";
  return node.is_null() || off || (node.is_sequence() && node.items.empty());
}

}  // namespace

void refuse(Fields& f, Fields::Names names) {
  f.hide(names);
  for (const std::string_view name : names) {
    const Value value = f[name];
    if (value && !is_nothing(value.node())) f.unsupported({name});
  }
}

void refuse_entries(Fields& f, std::string_view name) {
  f.map(name, [](const std::string&, const Value& entry) { entry.unsupported(); });
}

void refuse_nonzero(Fields& f, Fields::Names names) {
  for (const std::string_view name : names) {
    Duration value{};
    if (f.duration(name, value) && value != Duration::zero()) f.unsupported({name});
  }
}

bool read_nonempty(Fields& f, std::string_view name, std::string& out) {
  const bool read = f.text(name, out);
  if (read && out.empty()) f[name].expected("a text that is not empty");
  return read && !out.empty();
}

void check_line(const Value& place, std::string_view text) {
  constexpr std::string_view kRefused("\r\n\0", 3);
  if (text.find_first_of(kRefused) != std::string_view::npos)
    place.error("has a line break or a NUL", "write it without");
}

bool read_line(Fields& f, std::string_view name, std::string& out) {
  const bool read = f.text(name, out);
  if (read) check_line(f[name], out);
  return read;
}

std::optional<std::size_t> exactly_one(Fields& f, Fields::Names names, Fields::Names refused) {
  bool other = false;
  for (const std::string_view name : refused) other = static_cast<bool>(f[name]) || other;
  f.unsupported(refused);
  return other ? f.at_most_one(names) : f.exactly_one(names);
}

std::string type_of(Fields& typed_config) {
  std::string url;
  if (!typed_config.text("@type", url)) {
    typed_config.require("@type");
    typed_config.accept_all();
    return {};
  }
  const std::size_t slash = url.rfind('/');
  if (slash != std::string::npos && slash + 1 < url.size()) return url.substr(slash + 1);
  typed_config["@type"].expected(
      "a type such as \"type.googleapis.com/envoy.config.core.v3.Node\"");
  typed_config.accept_all();
  return {};
}

void refuse_type(Fields& typed_config) {
  const Value type = typed_config["@type"];
  type.unsupported(type.node().text);
  typed_config.accept_all();
}

bool read_address(Fields& f, std::string_view name, SocketAddress& out) {
  bool good = false;
  f.object(name, [&](Fields& address) {
    const bool other = address["pipe"] || address["envoy_internal_address"];
    address.unsupported({"pipe", "envoy_internal_address"});
    if (other || !address.require("socket_address")) return;
    address.object("socket_address", [&](Fields& socket) {
      enum class Protocol : std::uint8_t { kTcp } protocol{};
      choice(socket, "protocol", protocol, {{"TCP", Protocol::kTcp}}, {"UDP"});
      socket.accept({"resolver_name"});
      refuse(socket, {"named_port", "ipv4_compat", "network_namespace_filepath"});
      const bool has_port = socket.integer("port_value", out.port, {.least = 0});
      if (!socket["port_value"]) socket.require("port_value");
      if (!socket.text("address", out.address)) {
        if (!socket["address"]) socket.require("address");
        return;
      }
      good = has_port && is_address(out.address);
      if (!is_address(out.address)) socket["address"].expected("an IP address");
    });
  });
  return good;
}

bool read_percent(Fields& f, std::string_view name, double& out) {
  return f.object(name, [&](Fields& percent) {
    out = 0;
    percent.number("value", out, {.least = 0, .most = 100});
  });
}

void read_connection_limit(Fields& f, std::uint64_t& out) {
  f.integer("per_connection_buffer_limit_bytes", out, {.least = 0, .most = ~std::uint32_t{0}});
  if (out == 0) out = ~std::uint64_t{0};
}

namespace {

void read_connection_keepalive(Fields& f, policies::Http2Keepalive& out) {
  f.object("connection_keepalive", [&](Fields& keepalive) {
    if (!keepalive["timeout"]) keepalive.require("timeout");
    keepalive.duration("timeout", out.timeout, {.least = 1ms});
    keepalive.duration("interval", out.interval, {.least = 1ms});
    read_percent(keepalive, "interval_jitter", out.jitter_percent);
    keepalive.duration("connection_idle_interval", out.idle_interval, {.least = 1ms});
  });
}

/// Envoy's bounds of a window; its size is the library's own.
void check_window(Fields& options, std::string_view name) {
  std::uint32_t size = 0;
  options.integer(name, size, {.least = 65'535, .most = 2'147'483'647});
}

}  // namespace

void read_http2_options(Fields& options, std::uint32_t& max_streams,
                        policies::Http2Keepalive& out) {
  options.integer("max_concurrent_streams", max_streams, {.least = 1, .most = 2'147'483'647});
  read_connection_keepalive(options, out);
  check_window(options, "initial_stream_window_size");
  check_window(options, "initial_connection_window_size");
  options.accept({"hpack_table_size", "max_outbound_frames", "max_outbound_control_frames",
                  "max_consecutive_inbound_frames_with_empty_payload",
                  "max_inbound_priority_frames_per_stream",
                  "max_inbound_window_update_frames_per_data_frame_sent"});
  refuse(options, {"allow_connect", "allow_metadata", "stream_error_on_invalid_http_messaging",
                   "override_stream_error_on_invalid_http_message", "custom_settings_parameters",
                   "use_oghttp2_codec", "max_metadata_size", "enable_huffman_encoding"});
}

bool read_fraction(Fields& f, std::string_view name, std::optional<policies::Fraction>& out) {
  return f.object(name, [&](Fields& runtime) {
    policies::Fraction fraction;
    runtime.text("runtime_key", fraction.runtime_key);
    if (!runtime["default_value"]) runtime.require("default_value");
    read_share(runtime, "default_value", fraction);
    out = std::move(fraction);
  });
}

bool read_share(Fields& f, std::string_view name, policies::Fraction& out) {
  out.numerator = 0;
  return f.object(name, [&](Fields& value) {
    value.integer("numerator", out.numerator);
    value.choice("denominator", out.denominator,
                 {{"HUNDRED", 100U}, {"TEN_THOUSAND", 10'000U}, {"MILLION", 1'000'000U}});
  });
}

std::optional<std::string> read_data_source(Fields& f, std::string_view name) {
  std::optional<std::string> text;
  f.object(name, [&](Fields& source) {
    source.unsupported({"filename", "inline_bytes", "environment_variable", "watched_directory"});
    if (source.text("inline_string", text)) return;
    source.require("inline_string");
  });
  return text;
}

void read_lb_metadata(Fields& f, std::string_view name, TextPairs& out) {
  f.object(name, [&](Fields& metadata) {
    metadata.accept({"typed_filter_metadata"});
    metadata.map("filter_metadata", [&](const std::string& filter, const Value& fields) {
      if (filter != "envoy.lb" || !fields.is_mapping()) return;
      for (const Node::Member& member : fields.node().members) {
        const Value value = fields.member(member);
        if (value && value.node().is_scalar()) {
          out.emplace_back(member.key, value.node().text);
        } else if (value && value.node().is_sequence()) {  // each by itself
          for (const Node& item : value.node().items) {
            if (item.is_scalar()) out.emplace_back(member.key, item.text);
          }
        } else {
          value.expected("a text, a number, true or false");
        }
      }
    });
  });
}

}  // namespace squall::config::envoy
