// Fields: reads a mapping of a document as a table of named, typed fields.
//
//   Fields f(node, "spec.http[0]", diagnostics);
//   f.text("name", out.name);
//   f.duration("timeout", out.timeout, {.least = 1ms});
//   f.objects("route", [&](Fields& route) { ... });
//   f.finish();   // what nobody asked for is an unknown field; the advice names the nearest one
//
// A getter returns true when it has set `out` (an optional will do); a field that is absent, null
// or wrong leaves it as it was. Not here: defaults, and what fields mean together.
// Cost: linear in the members, for each getter.
#pragma once
#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/value.h"

namespace squall::config {

class Fields {
 public:
  using Names = std::initializer_list<std::string_view>;

  Fields(const Node& node, std::string path, Diagnostics& diagnostics,
         Dialect dialect = Dialect::kSquall)
      : Fields(Value(&node, std::move(path), diagnostics, dialect)) {}
  /// What is present and no mapping is reported; then every field is absent.
  explicit Fields(Value value);
  Fields(const Fields&) = delete;
  ~Fields() { say_missing({}); }

  /// The field; from now on its name is known. REQUIRES: the name outlives this (a literal).
  Value operator[](std::string_view name);
  /// The key is there, maybe with null.
  bool has(std::string_view name) { return find(name) != nullptr; }
  /// The mapping itself, to report what concerns all of it.
  const Value& value() const { return value_; }

  bool text(std::string_view name, auto& out) { return put((*this)[name].text(), out); }
  bool boolean(std::string_view name, auto& out) { return put((*this)[name].boolean(), out); }
  bool number(std::string_view name, auto& out, NumberRange range = {}) {
    return put((*this)[name].number(range), out);
  }
  bool duration(std::string_view name, auto& out, DurationRange range = {}) {
    return put((*this)[name].duration(range), out);
  }
  bool ratio(std::string_view name, auto& out, NumberRange range = kUnitRange) {
    return put((*this)[name].ratio(range), out);
  }
  bool rate(std::string_view name, auto& out) { return put((*this)[name].rate(), out); }
  bool size(std::string_view name, auto& out) { return put((*this)[name].size(), out); }
  bool texts(std::string_view name, std::vector<std::string>& out);
  /// The type of `out` narrows the range.
  template <class Out>
  bool integer(std::string_view name, Out& out, IntegerRange range = {}) {
    using T = Bare<Out>;
    static_assert(std::integral<T> && sizeof(T) <= 8);
    if constexpr (std::same_as<T, std::uint64_t>) {
      const bool whole = range.least <= 0 && range.most == IntegerRange{}.most;
      if (whole) return put((*this)[name].whole(), out);
      range.least = std::max<std::int64_t>(range.least, 0);
    } else {
      range.least = std::max<std::int64_t>(range.least, std::numeric_limits<T>::min());
      range.most = std::min<std::int64_t>(range.most, std::numeric_limits<T>::max());
    }
    const std::optional<std::int64_t> value = (*this)[name].integer(range);
    if (value) out = static_cast<T>(*value);
    return value.has_value();
  }
  template <class Out>
  bool choice(std::string_view name, Out& out, std::initializer_list<Choice<Bare<Out>>> choices) {
    std::vector<std::string_view> names;
    for (const auto& c : choices) names.push_back(c.name);
    const std::optional<std::size_t> i = (*this)[name].one_of(names);
    if (i) out = choices.begin()[*i].value;
    return i.has_value();
  }
  /// read(Fields&) of a mapping, then finish(); true when there is one.
  bool object(std::string_view name, auto&& read) { return read_object((*this)[name], read); }
  /// The same for each mapping of a list; true when there is a list.
  bool objects(std::string_view name, auto&& read) {
    return list(name, [&](const Value& item) { read_object(item, read); });
  }
  /// read(const Value&) of each item; true when there is a list.
  bool list(std::string_view name, auto&& read) {
    const Value v = (*this)[name];
    if (!v.is_sequence()) return false;
    for (std::size_t i = 0; i < v.node().items.size(); ++i) read(v.item(i));
    return true;
  }
  /// read(const std::string& key, const Value&) of each member; true when there is a mapping.
  bool map(std::string_view name, auto&& read) {
    const Value v = (*this)[name];
    if (!v.is_mapping()) return false;
    for (const Node::Member& m : v.node().members) read(m.key, v.member(m));
    return true;
  }

  void accept(Names names);  // known, and rightly without effect
  void hide(Names names);    // known, but not among the fields that advice lists
  void accept_all() { used_.assign(used_.size(), true); }
  void not_honoured(Names names);  // a warning where one is set: `PATH is not honoured by squall`
  /// An error where one is set: `PATH is not supported by squall`.
  void unsupported(Names names, const std::string& advice = {});
  bool sound() const;  // nothing wrong or unknown; REQUIRES: every field was asked for
  /// An error at the mapping as none is there; finish() drops it where an unknown field meant one.
  void missing(Names names, std::string_view what, std::string advice = {});
  /// missing() when it is absent or null.
  bool require(std::string_view name, std::string advice = {});
  /// Which one is set; more than one is an error, and for exactly_one so is none.
  std::optional<std::size_t> at_most_one(Names names);
  std::optional<std::size_t> exactly_one(Names names);
  /// Reports each field that was never asked for, and what is missing.
  void finish();

 private:
  static bool put(auto&& from, auto& out) {
    if (!from) return false;
    out = *std::forward<decltype(from)>(from);
    return true;
  }
  static bool read_object(const Value& v, auto&& read) {
    if (!v.is_mapping()) return false;
    Fields f(v);
    read(f);
    f.finish();
    return true;
  }
  const Node::Member* find(std::string_view name);
  std::string advice_for(std::string_view wrong) const;
  void say_missing(const std::vector<std::string_view>& meant);  // but what was meant
  /// At the key: `PATH` and WHAT.
  void report(const Node::Member& member, Severity severity, std::string_view what,
              std::string advice = {});

  Value value_;
  std::size_t found_before_ = 0;  // diagnostics
  std::vector<std::pair<std::vector<std::string_view>, Diagnostic>> missing_;
  std::vector<std::string_view> known_, hidden_;
  std::vector<bool> used_;  // by member
};

}  // namespace squall::config
