#include "config/document.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <system_error>

#include "config/document_events.h"
#include "config/yaml_fault.h"

namespace squall::config {
namespace {

std::unexpected<Diagnostics> fault_in(const std::string& file, internal::Fault fault) {
  return std::unexpected(Diagnostics({file, fault.line, fault.column, Severity::kError,
                                      std::move(fault.what), std::move(fault.advice)}));
}

/// The length of the UTF-8 sequence that `text` starts with; 0: it starts with none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool bad = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

/// Whether the text is UTF-8 without control characters (yaml-cpp ends silently at one of them).
bool check_characters(std::string_view text, internal::Fault& fault) {
  int line = 1;
  std::size_t line_begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at));
    const auto c = static_cast<unsigned char>(text[at]);
    const bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
    if (length == 0 || control) {
      fault = {
          line, static_cast<int>(at - line_begin) + 1,
          control ? "a control character" : "the text is not UTF-8",
          control ? "remove it, or write it as an escape in double quotes" : "save it as UTF-8"};
      return false;
    }
    at += length;
    if (c == '\n') {
      ++line;
      line_begin = at;
    }
  }
  return true;
}

bool read_events(std::string_view text, bool named_json, std::vector<internal::Event>& events,
                 internal::Fault& fault) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool maybe_json =
      first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  internal::Fault json_fault;
  if (maybe_json) {
    // yaml-cpp would refuse JSON's surrogate pairs and long keys, and is slow.
    const internal::JsonVerdict verdict = internal::read_json(text, events, json_fault);
    if (verdict == internal::JsonVerdict::kRead) return true;
    if (verdict == internal::JsonVerdict::kFault) {
      fault = json_fault;
      return false;
    }
    events.clear();
  }
  if (named_json) {
    // What is called JSON is JSON; YAML would take a comma at the end and more.
    fault = maybe_json ? json_fault
                       : internal::Fault{1, 1, "not valid JSON: expected { or [",
                                         "give a YAML file a name that ends in .yaml"};
    return first == std::string_view::npos;
  }
  return internal::read_yaml(text, events, fault);
}

std::optional<std::int64_t> parse_digits(std::string_view digits, int base, bool negative) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || failure != std::errc() || stop != end) return std::nullopt;
  const std::uint64_t most = std::uint64_t{1} << 63;
  if (negative)
    return value > most ? std::nullopt : std::optional(static_cast<std::int64_t>(0 - value));
  return value >= most ? std::nullopt : std::optional(static_cast<std::int64_t>(value));
}

bool has_extension(const std::filesystem::path& path) {
  const std::filesystem::path extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto at = std::ranges::find(members, key, &Member::key);
  return at == members.end() ? nullptr : &at->value;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::optional<bool> Node::as_bool() const {
  if (kind != Kind::kScalar || quoted) return std::nullopt;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::int64_t> Node::as_int() const {
  if (kind != Kind::kScalar || quoted || text.empty()) return std::nullopt;
  std::string_view rest = text;
  if (rest.starts_with("0o")) return parse_digits(rest.substr(2), 8, false);
  if (rest.starts_with("0x")) return parse_digits(rest.substr(2), 16, false);
  const bool negative = rest[0] == '-';
  if (negative || rest[0] == '+') rest.remove_prefix(1);
  return parse_digits(rest, 10, negative);
}

std::optional<double> Node::as_number() const {
  if (const std::optional<std::int64_t> whole = as_int()) return static_cast<double>(*whole);
  if (kind != Kind::kScalar || quoted || text.empty()) return std::nullopt;
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::string_view rest = text;
  const bool negative = rest[0] == '-';
  if (negative || rest[0] == '+') rest.remove_prefix(1);
  double value = std::numeric_limits<double>::infinity();
  if (rest != ".inf" && rest != ".Inf" && rest != ".INF") {
    const std::size_t first = rest.starts_with('.') ? 1 : 0;
    if (rest.size() <= first || rest[first] < '0' || rest[first] > '9') return std::nullopt;
    const char* end = rest.data() + rest.size();
    const auto [stop, failure] = std::from_chars(rest.data(), end, value);
    if (failure != std::errc() || stop != end) return std::nullopt;
  }
  return negative ? -value : value;
}

Diagnostic Node::diagnose(Severity severity, std::string what, std::string advice) const {
  return {place.file ? *place.file : std::string(),
          place.line,
          place.column,
          severity,
          std::move(what),
          std::move(advice)};
}

Result<std::vector<Node>> parse_documents(std::string_view text, const std::string& file) {
  if (text.size() > internal::kMostBytes) {
    return fault_in(file, {0, 0, "larger than 64 MiB", "split it"});
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  internal::Fault fault;
  if (!check_characters(text, fault)) return fault_in(file, std::move(fault));
  std::vector<internal::Event> events;
  if (!read_events(text, file.ends_with(".json"), events, fault))
    return fault_in(file, internal::find_template(text, fault.line).value_or(fault));
  Diagnostics diagnostics;
  std::vector<Node> documents = internal::build_documents(events, file, diagnostics);
  if (diagnostics.has_errors()) {
    const int line = diagnostics.sorted().front().line;
    if (auto filled_in = internal::find_template(text, line)) return fault_in(file, *filled_in);
    return std::unexpected(std::move(diagnostics));
  }
  return documents;
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file;
  std::error_code failure;
  const bool folder = path != "-" && std::filesystem::is_directory(path, failure);
  if (path != "-" && !folder) file.open(path, std::ios::binary);
  if (folder || (path != "-" && !file.is_open())) {
    const std::string why = folder ? std::strerror(EISDIR) : std::strerror(errno);
    return fault_in(path, {0, 0, "cannot be read: " + why, folder ? "name one file" : ""});
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (in.read(block.data(), std::ssize(block)), in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > internal::kMostBytes) break;
  }
  if (in.bad()) return fault_in(path, {0, 0, "cannot be read to its end", {}});
  return text;
}

Result<std::vector<Node>> load_documents(const std::string& path) {
  const Result<std::string> text = read_text(path);
  if (!text) return std::unexpected(text.error());
  return parse_documents(*text, path);
}

Result<std::vector<std::string>> files_of(const std::string& path) {
  namespace fs = std::filesystem;
  if (path == "-") return std::vector<std::string>{path};
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (!fs::exists(status)) {
    return fault_in(path, {0, 0, "there is no such file or folder", {}});
  }
  if (!fs::is_directory(status)) return std::vector<std::string>{path};
  std::vector<fs::path> found;
  fs::recursive_directory_iterator at(path, failure);
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    std::error_code ignored;
    if (has_extension(at->path()) && at->is_regular_file(ignored)) found.push_back(at->path());
  }
  if (failure) return fault_in(path, {0, 0, "cannot be read: " + failure.message(), {}});
  if (found.empty()) {
    return fault_in(path, {0, 0, "the folder holds no .yaml, .yml or .json file", {}});
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (const fs::path& file : found) names.push_back(file.string());
  return names;
}

}  // namespace squall::config
