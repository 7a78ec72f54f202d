#include "policies/request_target.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "policies/base/percent.h"
#include "policies/head.h"

namespace squall::policies {
namespace {

enum class Class : std::uint8_t { kPass, kEscape, kPlain };  // kPlain: never escaped

constexpr std::array<Class, 256> kClasses = [] {
  std::array<Class, 256> classes{};
  for (std::size_t c = 0; c < 256; ++c) {
    const bool visible = c > ' ' && c < 0x7f;
    classes[c] = visible ? Class::kPass : Class::kEscape;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9')) classes[c] = Class::kPlain;
  }
  for (const char c : std::string_view("-._~"))
    classes[static_cast<unsigned char>(c)] = Class::kPlain;
  for (const char c : std::string_view("\"#<>?^`{|}"))
    classes[static_cast<unsigned char>(c)] = Class::kEscape;
  return classes;
}();
Class class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

bool is_slash(char c) { return c == '/' || c == '\\'; }

/// How many characters at the start of `text` are a dot: 1, 3 ("%2e") or 0.
std::size_t dot_size(std::string_view text) {
  if (text.starts_with('.')) return 1;
  return percent_decoded(text) == '.' ? 3 : 0;
}

/// A path on its way to its normal form, in memory for three times its size.
class NormalPath {
 public:
  NormalPath(std::string_view path, char* out) : rest_(path), out_(out) {}

  /// False: it has a NUL, which no path may have.
  bool run() {
    bool good = true;
    while (!rest_.empty()) {
      const char c = rest_.front();
      const std::size_t dot = dot_size(rest_);
      if (dot > 0) {
        take_dot(dot);
      } else if (c == '%') {
        good = take_percent() && good;
      } else {
        good = good && c != '\0';
        put(c);
        rest_.remove_prefix(1);
      }
    }
    return good;
  }
  std::string_view text() const { return {out_, size_}; }

 private:
  static constexpr std::size_t kNowhere = std::string_view::npos;

  void put(char c) {
    if (c == '\\') c = '/';
    if (class_of(c) != Class::kEscape) return push(c);
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    push('%');
    push(kDigits[byte >> 4]);
    push(kDigits[byte & 15]);
  }
  void push(char c) { out_[size_++] = c; }

  /// Behind a slash, one dot is the folder itself and two its parent.
  void take_dot(std::size_t dot) {
    const std::string_view behind = rest_.substr(dot);
    const std::size_t second = dot_size(behind);
    const std::string_view behind_second = behind.substr(second);
    const bool starts = size_ > 0 && out_[size_ - 1] == '/';
    if (starts && (behind.empty() || is_slash(behind.front()))) {
      rest_ = behind.substr(std::min<std::size_t>(1, behind.size()));
    } else if (starts && second > 0 && (behind_second.empty() || is_slash(behind_second.front()))) {
      leave_folder();
      rest_ = behind_second.substr(std::min<std::size_t>(1, behind_second.size()));
    } else {
      push('.');
      rest_ = behind;
    }
  }

  /// Back to behind the slash before the last one; the first slash stays.
  void leave_folder() {
    if (size_ == 1) return;
    --size_;
    while (size_ > 1 && out_[size_ - 1] != '/') --size_;
    if (lone_percent_ >= size_) lone_percent_ = kNowhere;
  }

  bool take_percent() {
    const int value = percent_decoded(rest_);
    if (value < 0) {
      lone_percent_ = size_;
      push('%');
      rest_.remove_prefix(1);
      return true;
    }
    const auto c = static_cast<char>(value);
    if (class_of(c) == Class::kPlain) {
      push(c);
      rest_.remove_prefix(3);
      if (lone_percent_ != kNowhere && size_ - lone_percent_ <= 3) guard_lone_percent();
      return true;
    }
    for (std::size_t i = 0; i < 3; ++i) push(rest_[i]);
    rest_.remove_prefix(3);
    return value != 0;
  }

  /// A percent sign that began nothing must not begin something now that what follows it has been
  /// unescaped: then it is escaped itself.
  void guard_lone_percent() {
    const std::size_t behind = size_ - lone_percent_ - 1;  // 1 or 2 characters
    const char second = behind == 2 ? out_[size_ - 1] : rest_.empty() ? '\0' : rest_.front();
    if (hex_digit(out_[lone_percent_ + 1]) < 0 || hex_digit(second) < 0) return;
    std::memmove(out_ + lone_percent_ + 3, out_ + lone_percent_ + 1, behind);
    out_[lone_percent_ + 1] = '2';
    out_[lone_percent_ + 2] = '5';
    size_ += 2;
  }

  std::string_view rest_;
  char* out_;
  std::size_t size_ = 0;
  std::size_t lone_percent_ = kNowhere;  // the last one that began no escape
};

/// Its normal form is itself.
bool is_normal(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%' || c == '\\' || class_of(c) == Class::kEscape) return false;
    if (c == '.' && i > 0 && path[i - 1] == '/') return false;  // to be looked at
  }
  return true;
}

/// "/..;a=b/" is "/../": what hangs on a dot segment goes, that nobody behind us sees a dot segment
/// where we saw none. Escaped dots and backslashes make no such segment.
std::string_view without_parameters_of_dots(std::string_view path, TextArena& arena) {
  if (path.find("/.;") == std::string_view::npos && path.find("/..;") == std::string_view::npos)
    return path;
  char* const out = arena.room(path.size());
  std::size_t size = 0;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const bool dot = path.starts_with("/.;"), dots = path.starts_with("/..;");
    const std::size_t kept = dot ? 2 : dots ? 3 : end;
    std::memcpy(out + size, path.data(), kept);
    size += kept;
    path.remove_prefix(end);
  }
  return {out, size};
}

/// False: it has none.
bool normalize(std::string_view& path, TextArena& arena) {
  if (is_normal(path)) return true;
  const std::string_view plain = without_parameters_of_dots(path, arena);
  NormalPath normal(plain, arena.room(3 * plain.size()));
  if (!normal.run()) return false;
  path = normal.text();
  return true;
}

/// Whether there was any.
bool unescape_slashes(std::string_view& path, TextArena& arena) {
  const auto is_escaped = [&](std::size_t at) {
    const int value = percent_decoded(path.substr(at));
    return value == '/' || value == '\\';
  };
  std::size_t first = 0;
  while (first < path.size() && !is_escaped(first)) ++first;
  if (first == path.size()) return false;
  char* const out = arena.room(path.size());
  std::memcpy(out, path.data(), first);
  std::size_t size = first;
  for (std::size_t at = first; at < path.size(); ++size) {
    const bool escaped = is_escaped(at);
    out[size] = escaped ? static_cast<char>(percent_decoded(path.substr(at))) : path[at];
    at += escaped ? 3 : 1;
  }
  path = {out, size};
  return true;
}

/// A path of nothing but slashes keeps two: one that it begins and one that it ends with.
void merge_slashes(std::string_view& path, TextArena& arena) {
  if (path.find("//") == std::string_view::npos) return;
  char* const out = arena.room(path.size());
  std::size_t size = 0;
  for (const char c : path) {
    if (c != '/' || size == 0 || out[size - 1] != '/') out[size++] = c;
  }
  if (size == 1) out[size++] = '/';
  path = {out, size};
}

/// All that is done to a path without its query.
Reception change_path(const TargetRules& rules, bool grpc, std::string_view& path,
                      TextArena& arena) {
  Reception verdict = Reception::kTaken;
  const bool looks = rules.escaped_slashes != EscapedSlashes::kKeep;
  if (looks && unescape_slashes(path, arena)) {
    if (rules.escaped_slashes == EscapedSlashes::kRefuse) return Reception::kBadPath;
    if (rules.escaped_slashes == EscapedSlashes::kRedirect) verdict = Reception::kMovedPath;
  }
  if (rules.normalize_path && !normalize(path, arena)) return Reception::kBadPath;
  if (rules.merge_slashes) merge_slashes(path, arena);
  return grpc && verdict == Reception::kMovedPath ? Reception::kBadPath : verdict;
}

}  // namespace

Reception receive_path(const TargetRules& rules, bool grpc, std::string_view& path,
                       TextArena& arena) {
  if (!path.starts_with('/')) return Reception::kNoPath;
  if (path.find('#') != std::string_view::npos) return Reception::kBadPath;
  const std::size_t mark = std::min(path.find('?'), path.size());
  const std::string_view query = path.substr(mark);
  const std::string_view bare = path.substr(0, mark);
  std::string_view changed = bare;
  const Reception verdict = change_path(rules, grpc, changed, arena);
  if (changed.data() == bare.data()) return verdict;
  if (query.empty()) {
    path = changed;
    return verdict;
  }
  char* const whole = arena.room(changed.size() + query.size());
  std::memcpy(whole, changed.data(), changed.size());
  std::memcpy(whole + changed.size(), query.data(), query.size());
  path = {whole, changed.size() + query.size()};
  return verdict;
}

std::string_view receive_host(const TargetRules& rules, std::uint16_t port, std::string_view host,
                              TextArena& arena) {
  if (rules.strip_host_dot && host.ends_with('.')) {
    host.remove_suffix(1);
  } else if (const std::size_t at = host.rfind(".:");
             rules.strip_host_dot && at != std::string_view::npos && at == host.rfind('.')) {
    char* const out = arena.room(host.size() - 1);
    std::memcpy(out, host.data(), at);
    std::memcpy(out + at, host.data() + at + 1, host.size() - at - 1);
    host = {out, host.size() - 1};
  }
  if (rules.strip_port == StripPort::kNone) return host;
  const std::size_t at = port_start(host);
  if (at == std::string_view::npos) return host;
  std::string_view digits = host.substr(at + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, number);
  const bool is_number = !digits.empty() && failure == std::errc() && stop == end;
  if (!is_number || (rules.strip_port == StripPort::kMatching && number != port)) return host;
  return host.substr(0, at);
}

}  // namespace squall::policies
