// JSON text as events. Strict RFC 8259, so that what fails here may still be YAML.
#include <array>

#include "config/document_events.h"

namespace squall::config::internal {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

class JsonReader {
 public:
  JsonReader(std::string_view text, std::vector<Event>& events, Fault& fault)
      : text_(text), events_(events), fault_(fault) {}

  JsonVerdict read() {
    add(Event::Kind::kDocument);
    while (verdict_ == JsonVerdict::kRead && !done_) step();
    if (verdict_ != JsonVerdict::kRead) return verdict_;
    skip_space();
    if (at_ < text_.size()) return fail("there is more after the end of the JSON value");
    return verdict_;
  }

 private:
  enum class Want : std::uint8_t { kValue, kValueOrEnd, kKey, kKeyOrEnd, kCommaOrEnd };

  void step() {
    skip_space();
    switch (want_) {
      case Want::kValue:
        value();
        return;
      case Want::kValueOrEnd:
        next() == ']' ? close() : value();
        return;
      case Want::kKey:
        key();
        return;
      case Want::kKeyOrEnd:
        next() == '}' ? close() : key();
        return;
      case Want::kCommaOrEnd:
        comma_or_end();
        return;
    }
  }

  void value() {
    const char c = next();
    if (c == '{' || c == '[') return open(c);
    if (c == '"') {
      add(Event::Kind::kScalar).quoted = true;
      if (!string(events_.back().text)) return;
    } else if (c == '-' || is_digit(c)) {
      add(Event::Kind::kScalar);
      if (!number(events_.back().text)) return;
    } else if (!word("true") && !word("false") && !word("null")) {
      fail("expected a JSON value");
      return;
    }
    ended();
  }

  void open(char c) {
    if (open_.size() == kMostDepth) return fault(too_deep(line_, column()));
    add(c == '{' ? Event::Kind::kMapping : Event::Kind::kSequence);
    open_.push_back(c);
    ++at_;
    want_ = c == '{' ? Want::kKeyOrEnd : Want::kValueOrEnd;
  }

  void close() {
    add(Event::Kind::kEnd);
    open_.pop_back();
    ++at_;
    ended();
  }

  /// A value has ended.
  void ended() {
    want_ = Want::kCommaOrEnd;
    done_ = open_.empty();
    if (events_.size() > 2 * kMostNodes) fault(too_many(line_, column()));
  }

  void key() {
    if (next() != '"') {
      fail("expected a key in double quotes");
      return;
    }
    add(Event::Kind::kScalar).quoted = true;
    if (!string(events_.back().text)) return;
    skip_space();
    if (next() != ':') {
      fail("expected ':' after the key");
      return;
    }
    ++at_;
    want_ = Want::kValue;
  }

  void comma_or_end() {
    const bool mapping = open_.back() == '{';
    if (next() == (mapping ? '}' : ']')) return close();
    if (next() != ',') {
      fail(mapping ? "expected ',' or '}'" : "expected ',' or ']'");
      return;
    }
    ++at_;
    want_ = mapping ? Want::kKey : Want::kValue;
  }

  bool word(std::string_view name) {
    if (text_.substr(at_, name.size()) != name) return false;
    Event& event = add(name == "null" ? Event::Kind::kNull : Event::Kind::kScalar);
    event.text = name;
    at_ += name.size();
    return true;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(next())) ++at_;
    return at_ > begin;
  }

  bool number(std::string& out) {
    const std::size_t begin = at_;
    if (next() == '-') ++at_;
    const bool zero = next() == '0';
    bool good = zero ? ++at_ > 0 : digits();
    if (good && next() == '.') {
      ++at_;
      good = digits();
    }
    if (good && (next() == 'e' || next() == 'E')) {
      ++at_;
      if (next() == '+' || next() == '-') ++at_;
      good = digits();
    }
    if (!good || is_digit(next())) {
      fail("not a JSON number");
      return false;
    }
    out = text_.substr(begin, at_ - begin);
    return true;
  }

  bool string(std::string& out) {
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        break;
      } else {
        out.push_back(c);
        ++at_;
      }
    }
    at_ = begin;
    fail("the text in quotes does not end on its line");
    return false;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == 'u') return unicode(out);
    const std::size_t i = c == '\0' ? std::string_view::npos : kLetters.find(c);
    if (i == std::string_view::npos) {
      fail("not an escape of JSON");
      return false;
    }
    out.push_back(kMeanings[i]);
    at_ += 2;
    return true;
  }

  /// Four hexadecimal digits at `at`, or none.
  std::uint32_t code_unit(std::size_t at) const {
    if (text_.substr(at, 2) != "\\u" || at + 6 > text_.size()) return kNoUnit;
    std::uint32_t unit = 0;
    for (const char c : text_.substr(at + 2, 4)) {
      static constexpr std::string_view kDigits = "0123456789abcdef";
      const std::size_t digit = kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
      if (digit == std::string_view::npos) return kNoUnit;
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
    }
    return unit;
  }

  bool unicode(std::string& out) {
    std::uint32_t point = code_unit(at_);
    if (point == kNoUnit) {
      fail("\\u wants four hexadecimal digits");
      return false;
    }
    std::size_t length = 6;
    if (point >= 0xd800 && point < 0xe000) {
      const std::uint32_t low = point < 0xdc00 ? code_unit(at_ + 6) : kNoUnit;
      if (low == kNoUnit || low < 0xdc00 || low >= 0xe000) {
        fault({line_, column(), "half of a surrogate pair",
               "write both halves, such as \\ud83d\\ude00"});
        return false;
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      length = 12;
    }
    append_utf8(out, point);
    at_ += length;
    return true;
  }

  Event& add(Event::Kind kind) {
    Event& event = events_.emplace_back();
    event.kind = kind;
    event.line = line_;
    event.column = column();
    return event;
  }
  JsonVerdict fail(std::string what) {
    fault_ = {line_, column(), "not valid JSON: " + std::move(what), {}};
    return verdict_ = JsonVerdict::kNotJson;
  }
  void fault(Fault what) {
    fault_ = std::move(what);
    verdict_ = JsonVerdict::kFault;
  }
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  int column() const { return static_cast<int>(at_ - line_begin_) + 1; }
  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  static constexpr std::uint32_t kNoUnit = ~std::uint32_t{0};
  std::string_view text_;
  std::vector<Event>& events_;
  Fault& fault_;
  std::string open_;  // the brackets that are open
  Want want_ = Want::kValue;
  JsonVerdict verdict_ = JsonVerdict::kRead;
  bool done_ = false;
  std::size_t at_ = 0, line_begin_ = 0;
  int line_ = 1;
};

}  // namespace

JsonVerdict read_json(std::string_view text, std::vector<Event>& events, Fault& fault) {
  return JsonReader(text, events, fault).read();
}

}  // namespace squall::config::internal
