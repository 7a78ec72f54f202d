#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policies/match.h"
#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

/// `host[:port]`; false when it is neither.
bool read_authority(std::string_view text, Url& url) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (code != std::errc{} || end != digits.data() + digits.size() || url.port == 0) return false;
    url.port_written = true;
    text = text.substr(0, colon);
  }
  url.host = lower(text);
  return is_host(url.host);
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::optional<TextMatch> read_text_match(const Value& value) {
  if (!value) return std::nullopt;
  if (value.node().is_scalar()) return TextMatch{TextMatch::Kind::kExact, *value.text()};
  Fields f(value);
  TextMatch match;
  const std::optional<std::size_t> kind = f.exactly_one({"exact", "prefix", "regex"});
  f.text("exact", match.text);
  f.text("prefix", match.text);
  f.text("regex", match.text);
  f.finish();
  if (!kind) return std::nullopt;
  match.kind = static_cast<TextMatch::Kind>(*kind);
  if (match.kind != TextMatch::Kind::kRegex) return match;
  const auto compiled = policies::compile_regex(match.text);
  if (compiled) return match;
  for (const Diagnostic& one : compiled.error().all()) f["regex"].error(one.what, one.advice);
  return std::nullopt;
}

void read_headers(Fields& fields, std::vector<Header>& out) {
  fields.map("headers", [&](const std::string& name, const Value& value) {
    if (!is_token(name))
      return value.error("no name of a header", "header names have letters, digits and -");
    if (!value) return value.expected("a text");
    if (lower(name) == "host")
      return value.error("host is what `to` says", "write it in the URL, or leave it out");
    if (std::optional<std::string> text = value.text())
      out.push_back({lower(name), *std::move(text)});
  });
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::optional<Url> read_url(const Value& value) {
  const std::optional<std::string> text = value.text();
  if (!text) return std::nullopt;
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kAdvice = "write http://HOST[:PORT]/PATH";
  const std::size_t colon = text->find("://");
  if (colon == std::string::npos) {
    const bool bare = is_host(std::string_view(*text).substr(0, text->find_first_of(":/?#")));
    value.error("the scheme is missing", bare ? "write http://" + *text : std::string(kAdvice));
    return std::nullopt;
  }
  if (text->starts_with("https://")) {
    value.error("\"https\" cannot be simulated by this version of squall",
                "write http://; the sidecars add mutual TLS");
    return std::nullopt;
  }
  if (!text->starts_with(kScheme)) {
    value.error(fmt::format("the scheme \"{}\" is not known", text->substr(0, colon)),
                std::string(kAdvice));
    return std::nullopt;
  }
  Url url;
  url.text = *text;
  url.place = value.node().place;
  const std::string_view rest = std::string_view(*text).substr(kScheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view path = rest.substr(end);
  if (!read_authority(rest.substr(0, end), url)) {
    value.error(end == 0 ? std::string("the host is missing")
                         : fmt::format("\"{}\" is no HOST[:PORT]", rest.substr(0, end)),
                std::string(kAdvice));
    return std::nullopt;
  }
  if (path.find_first_of("# \t\r\n") != std::string_view::npos) {
    value.error(fmt::format("\"{}\" is no path", path), "paths have no blanks and no #");
    return std::nullopt;
  }
  url.path = path.starts_with('/') ? std::string(path) : "/" + std::string(path);
  return url;
}

WorkloadRef ref_of(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {.name = std::string(text), .ns = {}};
  return {.name = std::string(text.substr(0, dot)), .ns = std::string(text.substr(dot + 1))};
}

std::optional<WorkloadRef> read_ref(const Value& value, std::size_t from, std::string_view of) {
  const std::optional<std::string> text = value.text();
  if (!text) return std::nullopt;
  const std::string name = text->substr(from);
  if (is_host(name)) {
    WorkloadRef ref = ref_of(name);
    ref.place = value.node().place;
    return ref;
  }
  value.error(fmt::format("\"{}\" is no name of a {}", name, of), "write NAME or NAME.NAMESPACE");
  return std::nullopt;
}

bool require_to(Fields& fields) {
  return fields.require("to", "write to: http://HOST[:PORT]/PATH");
}

void read_request(Fields& fields, Url& to, std::string& method, std::vector<Header>& headers) {
  if (fields["to"]) {
    if (std::optional<Url> url = read_url(fields["to"])) to = *std::move(url);
  }
  fields.text("method", method);
  if (!is_token(method) || lower(method) == method) {
    const std::string capitals = upper(method);
    fields["method"].error(
        fmt::format("\"{}\" is no method", method),
        is_token(capitals) ? "write " + capitals : "methods are in capitals: GET, POST");
    method = "GET";
  }
  read_headers(fields, headers);
}

void read_body(Fields& f, std::int64_t& out) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  std::int64_t bytes = 0;
  if (!f.size("body", bytes)) return;
  if (bytes < 0 || bytes > kMost) return f["body"].expected("a size from 0 to 1Ti");
  out = bytes;
}

std::optional<RequestMatch> read_match(const Value& value) {
  if (!value.is_mapping()) return std::nullopt;
  Fields f(value);
  RequestMatch match;
  if (f["path"]) match.path = read_text_match(f["path"]);
  f.text("method", match.method);
  f.map("headers", [&](const std::string& name, const Value& header) {
    if (!is_token(name))
      return header.error("no name of a header", "header names have letters, digits and -");
    if (!header) return header.expected("a text or one of exact, prefix, regex");
    if (std::optional<TextMatch> text = read_text_match(header))
      match.headers.push_back({lower(name), *std::move(text)});
  });
  f.finish();
  return match;
}

}  // namespace squall::scenarios
