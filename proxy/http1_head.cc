#include "proxy/http1_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "policies/base/ascii.h"

namespace squall::proxy {

using policies::HeaderField;

namespace {

using CharSet = std::array<bool, 256>;

constexpr CharSet chars(std::string_view extra, bool letters_and_digits) {
  CharSet set{};
  for (const char c : extra) set[static_cast<unsigned char>(c)] = true;
  for (int c = 0; c < 128 && letters_and_digits; ++c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
      set[static_cast<std::size_t>(c)] = true;
  }
  return set;
}
constexpr CharSet kTokenChars = chars("!#$%&'*+-.^_`|~", true);
constexpr CharSet kNameChars = chars("-.", true);
constexpr CharSet kIpv6Chars = chars("0123456789abcdefABCDEF:.", false);
constexpr CharSet kHostChars = chars("!$&'()*+,-.:;=@[]_~%", true);
constexpr CharSet value_chars(int first, int last) {
  CharSet set{};
  for (int c = first; c <= last; ++c) set[static_cast<std::size_t>(c)] = c != 0x7f;
  return set;
}
constexpr CharSet kTargetChars = value_chars(0x21, 0x7e);
constexpr CharSet kValueChars = [] {
  CharSet set = value_chars(0x20, 0xff);
  set['\t'] = true;
  return set;
}();

bool all_of(std::string_view text, const CharSet& set) {
  return std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

constexpr std::string_view kMethods[] = {
    "GET",       "POST",      "HEAD",    "PUT",      "DELETE",     "OPTIONS",
    "PATCH",     "CONNECT",   "TRACE",   "ACL",      "BIND",       "CHECKOUT",
    "COPY",      "LINK",      "LOCK",    "MERGE",    "MKACTIVITY", "MKCALENDAR",
    "MKCOL",     "MOVE",      "MSEARCH", "M-SEARCH", "NOTIFY",     "PROPFIND",
    "PROPPATCH", "PURGE",     "QUERY",   "REBIND",   "REPORT",     "SEARCH",
    "SOURCE",    "SUBSCRIBE", "UNBIND",  "UNLINK",   "UNLOCK",     "UNSUBSCRIBE"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the text up to `mark`, and `mark`, off `rest`; none when it is not there.
std::optional<std::string_view> take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t at = rest.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + mark.size());
  return taken;
}

/// The members of a list of tokens.
template <class Visit>
void for_each_member(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view member = trim(list.substr(0, comma));
    if (!member.empty()) visit(member);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

bool same(std::string_view a, std::string_view b) { return policies::equal_text(a, b, true); }

constexpr std::size_t kMostNamed = 10;  // one less may be named

/// What the fields of either head say of its connection and its body.
struct Notes {
  std::uint32_t hosts = 0, lengths = 0, codings = 0;
  std::optional<std::uint64_t> length;
  bool chunked = false, close = false, keep_alive = false, proxy_close = false;
  bool names_upgrade = false;
  std::array<std::string_view, kMostNamed> named{};  // by the connection header
  std::size_t names = 0;
  std::string_view host, upgrade, expect;
};

void note_connection(std::string_view value, Notes& notes) {
  for_each_member(value, [&](std::string_view member) {
    if (notes.names < kMostNamed) notes.named[notes.names++] = member;
    if (same(member, "close")) {
      notes.close = true;
    } else if (same(member, "keep-alive")) {
      notes.keep_alive = true;
    } else if (same(member, "upgrade")) {
      notes.names_upgrade = true;
    }
  });
}

std::optional<std::uint64_t> read_length(std::string_view value) {
  std::uint64_t length = 0;
  if (value.empty() || value.size() > 18 || value.front() < '0' || value.front() > '9')
    return std::nullopt;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (failure != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return length;
}

enum class Fate : std::uint8_t { kKeep, kDrop, kRefuse };

/// Of what a client may be sent only trailers are passed on.
Fate note_te(HeaderField& field) {
  Fate fate = Fate::kDrop;
  for_each_member(field.value, [&](std::string_view member) {
    if (member != "trailers") return;
    field.value = member;
    fate = Fate::kKeep;
  });
  return fate;
}

/// Notes a field that is about the message's way rather than the message.
Fate note_field(HeaderField& field, Notes& notes) {
  const auto [name, value] = field;
  switch (name.size()) {
    case 2:
      return name == "te" ? note_te(field) : Fate::kKeep;
    case 4:
      if (name != "host") return Fate::kKeep;
      notes.host = value;
      return ++notes.hosts == 1 ? Fate::kDrop : Fate::kRefuse;
    case 6:
      if (name == "expect") notes.expect = value;
      return Fate::kKeep;
    case 7:
      if (name != "upgrade") return Fate::kKeep;
      notes.upgrade = value;
      return Fate::kDrop;
    case 10:
      if (name == "connection") note_connection(value, notes);
      return name == "keep-alive" || name == "connection" ? Fate::kDrop : Fate::kKeep;
    case 14:
      if (name == "http2-settings") return Fate::kDrop;
      if (name != "content-length") return Fate::kKeep;
      notes.length = read_length(value);
      return ++notes.lengths == 1 && notes.length ? Fate::kKeep : Fate::kRefuse;
    case 16:
      if (name != "proxy-connection") return Fate::kKeep;
      notes.proxy_close = same(value, "close");
      return Fate::kDrop;
    case 17:
      if (name != "transfer-encoding") return Fate::kKeep;
      ++notes.codings;
      notes.chunked = same(value, "chunked");
      return Fate::kKeep;
    default:
      return Fate::kKeep;
  }
}

/// Leaves out what a request's connection header names. False: that would hide where it came from.
bool drop_named(const Notes& notes, std::vector<HeaderField>& headers) {
  if (notes.names == kMostNamed) return false;
  for (std::size_t i = 0; i < notes.names; ++i) {
    const std::string_view name = notes.named[i];
    if (name.starts_with(':') || same(name, "x-forwarded-for") || same(name, "x-forwarded-host") ||
        same(name, "x-forwarded-proto"))
      return false;
    if (same(name, "content-length") || same(name, "transfer-encoding") || same(name, "te"))
      continue;  // they frame the body, or have been read already
    std::erase_if(headers, [&](const HeaderField& field) { return same(field.name, name); });
  }
  return true;
}

/// Reads the field lines; `lines` ends with the empty one.
HeadError read_fields(std::span<char> lines, std::size_t most, std::vector<HeaderField>& headers,
                      Notes& notes) {
  headers.clear();
  std::size_t count = 0;
  char* at = lines.data();
  char* const last = at + lines.size() - 2;  // of the empty line
  while (at != last) {
    if (++count > most) return HeadError::kTooManyFields;
    char* const end =
        static_cast<char*>(std::memchr(at, '\r', static_cast<std::size_t>(last - at)));
    char* const colon =
        static_cast<char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at)));
    if (end[1] != '\n' || colon == nullptr || colon == at) return HeadError::kSyntax;
    const std::string_view name(at, static_cast<std::size_t>(colon - at));
    const std::string_view value = trim({colon + 1, static_cast<std::size_t>(end - colon - 1)});
    if (!all_of(name, kTokenChars)) return HeadError::kSyntax;
    if (!all_of(value, kValueChars)) return HeadError::kInvalidCharacters;
    std::transform(at, colon, at, [](char c) { return lower_case(c); });
    HeaderField field{name, value};
    const Fate fate = note_field(field, notes);
    if (fate == Fate::kRefuse) return HeadError::kSyntax;
    if (fate == Fate::kKeep) headers.push_back(field);
    at = end + 2;
  }
  if (notes.codings > 0) {
    if (notes.codings > 1 || !notes.chunked) return HeadError::kTransferCoding;
    if (notes.lengths > 0) return HeadError::kLengthAndChunked;
  }
  return HeadError::kNone;
}

/// The first line without its end, and the rest, which still ends with an empty line.
std::span<char> split_first_line(std::span<char> head, std::string_view& line) {
  const std::string_view text(head.data(), head.size());
  const std::size_t end = text.find("\r\n");
  line = text.substr(0, end);
  return head.subspan(end + 2);
}

/// A name or an address, and a port that it may or must have.
bool is_host(std::string_view text, bool wants_port) {
  std::size_t end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    end = std::min(text.find(']'), text.size() - 1) + 1;
    if (text[end - 1] != ']' || end < 4 || !all_of(text.substr(1, end - 2), kIpv6Chars))
      return false;
  } else if (end == 0 || !all_of(text.substr(0, end), kNameChars)) {
    return false;
  }
  if (end == text.size()) return !wants_port;
  const std::optional<std::uint64_t> port = read_length(text.substr(end + 1));
  return text[end] == ':' && port && *port <= 0xffff;
}

/// "http://host/path" is host and path; the path keeps its first slash. OPTIONS may ask for "*".
HeadError split_target(std::string_view target, Notes& notes, policies::KeptRequest& request) {
  request.scheme = {};
  if (target == "*") {
    if (request.method != "OPTIONS") return HeadError::kInvalidUrl;
  } else if (!target.starts_with('/')) {
    std::string_view rest = target;
    const auto scheme = take_until(rest, "://");
    if (!scheme) return HeadError::kSyntax;
    if (!same(*scheme, "http") && !same(*scheme, "https")) return HeadError::kInvalidScheme;
    request.scheme = *scheme;
    const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
    notes.host = rest.substr(0, slash);  // counts more than the Host header
    if (!is_host(notes.host, false)) return HeadError::kInvalidUrl;
    target = slash < rest.size() ? rest.substr(slash) : "/";
  }
  request.path = target;
  return HeadError::kNone;
}

bool is_version(std::string_view version) {
  return version.size() == 8 && version.starts_with("HTTP/") && version[5] >= '0' &&
         version[5] <= '9' && version[6] == '.' && version[7] >= '0' && version[7] <= '9';
}

HeadError read_request_line(std::string_view line, std::string_view& target,
                            policies::KeptRequest& request) {
  std::string_view rest = line;
  if (!all_of(line, kValueChars)) return HeadError::kInvalidCharacters;
  const auto method = take_until(rest, " ");
  if (!method || std::ranges::find(kMethods, *method) == std::end(kMethods))
    return HeadError::kSyntax;
  const auto middle = take_until(rest, " ");
  if (!middle && !rest.empty()) return HeadError::kVersion;  // it names none
  if (!middle || middle->empty() || !all_of(*middle, kTargetChars) || !is_version(rest))
    return HeadError::kSyntax;
  if (rest != "HTTP/1.1") return HeadError::kVersion;
  request.method = *method;
  target = *middle;
  if (*method != "CONNECT") return HeadError::kNone;
  if (!is_host(target, true)) return HeadError::kInvalidUrl;
  request.authority = target;
  return HeadError::kConnect;
}

}  // namespace

bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }

bool begins_method(char c) {
  return std::ranges::any_of(kMethods, [=](std::string_view name) { return name[0] == c; });
}

std::size_t HeadScanner::find_end(std::string_view bytes, HeadError& error, std::size_t most) {
  error = HeadError::kNone;
  std::size_t from = scanned_;
  while (from < bytes.size()) {
    const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (at == 0 || bytes[at - 1] != '\r') {
      error = HeadError::kSyntax;
      return 0;
    }
    from = at + 1;
    if (at < 3 || bytes[at - 2] != '\n') continue;
    if (from > most) error = HeadError::kTooLarge;
    scanned_ = 0;
    return from;
  }
  scanned_ = bytes.size();
  if (bytes.size() > most) error = HeadError::kTooLarge;
  return 0;
}

HeadError read_request_head(std::span<char> head, policies::KeptRequest& request, Framing& framing,
                            std::size_t most_fields) {
  framing = {};
  std::string_view line, target;
  const std::span<char> lines = split_first_line(head, line);
  HeadError error = read_request_line(line, target, request);
  if (error != HeadError::kNone) return error;
  Notes notes;
  error = read_fields(lines, most_fields, request.headers, notes);
  if (error != HeadError::kNone) return error;
  if (!all_of(notes.host, kHostChars)) return HeadError::kInvalidAuthority;
  if (!drop_named(notes, request.headers)) return HeadError::kConnectionHeader;
  error = split_target(target, notes, request);
  if (error != HeadError::kNone) return error;
  request.authority = notes.host;
  framing.http2_upgrade = same(notes.upgrade, "h2c");
  if (notes.names_upgrade && !notes.upgrade.empty() && !framing.http2_upgrade)
    return HeadError::kUpgrade;
  framing.keep_alive = !notes.close && !notes.proxy_close;
  framing.expects_continue = same(notes.expect, "100-continue");
  if (framing.expects_continue) policies::remove_field(request.headers, "expect");
  if (notes.chunked) {
    framing.body = BodyKind::kChunked;
  } else if (notes.length && *notes.length > 0) {
    framing.body = BodyKind::kLength;
    framing.length = *notes.length;
  }
  return HeadError::kNone;
}

namespace {

HeadError read_status_line(std::string_view line, std::uint16_t& status, bool& http_1_0) {
  const std::string_view version = line.substr(0, 8);
  if (!is_version(version)) return HeadError::kVersion;
  http_1_0 = version == "HTTP/1.0";
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return HeadError::kSyntax;
  const auto [end, failure] = std::from_chars(line.data() + 9, line.data() + 12, status);
  if (failure != std::errc() || end != line.data() + 12 || status < 100) return HeadError::kSyntax;
  return all_of(line.substr(12), kValueChars) ? HeadError::kNone : HeadError::kSyntax;
}

}  // namespace

HeadError read_response_head(std::span<char> head, bool to_head, AnswerHead& answer) {
  std::string_view line;
  const std::span<char> lines = split_first_line(head, line);
  bool http_1_0 = false;
  HeadError error = read_status_line(line, answer.status, http_1_0);
  if (error != HeadError::kNone) return error;
  Notes notes;
  error = read_fields(lines, kMostFields, answer.headers, notes);
  if (error != HeadError::kNone) return error;
  Framing& framing = answer.framing;
  framing = {};
  framing.keep_alive = !notes.close && (!http_1_0 || notes.keep_alive);
  const bool interim = answer.status < 200;
  if ((interim || answer.status == 204) && (notes.length.value_or(0) > 0 || notes.chunked))
    return HeadError::kSyntax;
  if (answer.status == 204) policies::remove_field(answer.headers, "content-length");
  if (interim || to_head || answer.status == 204 || answer.status == 304) return HeadError::kNone;
  if (notes.chunked) {
    framing.body = BodyKind::kChunked;
  } else if (notes.length) {
    framing.body = *notes.length > 0 ? BodyKind::kLength : BodyKind::kNone;
    framing.length = *notes.length;
  } else {
    framing.body = BodyKind::kUntilClose;
    framing.keep_alive = false;
  }
  return HeadError::kNone;
}

}  // namespace squall::proxy
