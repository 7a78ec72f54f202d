#include "config/fields.h"

#include <fmt/format.h>

#include <iterator>

namespace squall::config {
namespace {

constexpr std::size_t kMostListed = 40;

/// Whether `key` is the camelCase of the snake_case `name`.
bool is_camel_of(std::string_view key, std::string_view name) {
  std::size_t i = 0;
  for (std::size_t j = 0; j < name.size(); ++j, ++i) {
    char c = name[j];
    if (c == '_' && j + 1 < name.size()) {
      c = name[++j];
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    if (i >= key.size() || key[i] != c) return false;
  }
  return i == key.size();
}

}  // namespace

Fields::Fields(Value value)
    : value_(std::move(value)), found_before_(value_.diagnostics().all().size()) {
  if (value_.is_mapping()) used_.resize(value_.node().members.size());
}

const Node::Member* Fields::find(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.push_back(name);
  const bool both = value_.dialect() == Dialect::kEnvoy && name.contains('_');
  const Node::Member* found = nullptr;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const Node::Member& member = value_.node().members[i];
    if (member.key != name && !(both && is_camel_of(member.key, name))) continue;
    if (found == nullptr) {
      found = &member;
    } else if (!used_[i]) {
      report(member, Severity::kError, ": the same field as " + found->key, "keep one of the two");
    }
    used_[i] = true;
  }
  return found;
}

Value Fields::operator[](std::string_view name) {
  const Node::Member* member = find(name);
  if (member != nullptr) return value_.member(*member);
  std::string path =
      value_.path().empty() ? std::string(name) : fmt::format("{}.{}", value_.path(), name);
  return {nullptr, std::move(path), value_.diagnostics(), value_.dialect()};
}

bool Fields::texts(std::string_view name, std::vector<std::string>& out) {
  std::vector<std::string> read;
  const bool good = list(name, [&](const Value& item) {
    if (!item) item.expected("a text");
    if (std::optional<std::string> text = item.text()) read.push_back(*std::move(text));
  });
  if (good) out = std::move(read);
  return good;
}

void Fields::accept(Names names) {
  for (const std::string_view name : names) find(name);
}

void Fields::hide(Names names) {
  accept(names);
  hidden_.insert(hidden_.end(), names.begin(), names.end());
}

void Fields::report(const Node::Member& member, Severity severity, std::string_view what,
                    std::string advice) {
  const std::string path = value_.member(member).path();
  // A member may stand in another file than the mapping that it was merged into.
  value_.diagnostics().add({member.place.file ? *member.place.file : std::string(),
                            member.place.line, member.place.column, severity,
                            path + std::string(what), std::move(advice)});
}

void Fields::not_honoured(Names names) {
  hide(names);
  for (const std::string_view name : names) {
    const Node::Member* member = find(name);
    if (member == nullptr || member->value.is_null()) continue;
    report(*member, Severity::kWarning, " is not honoured by squall");
  }
}

void Fields::unsupported(Names names, const std::string& advice) {
  hide(names);
  for (const std::string_view name : names) {
    const Node::Member* member = find(name);
    if (member == nullptr || member->value.is_null()) continue;
    report(*member, Severity::kError, " is not supported by squall", advice);
  }
}

bool Fields::require(std::string_view name, std::string advice) {
  const Node::Member* member = find(name);
  if (member != nullptr && !member->value.is_null()) return true;
  missing({name}, fmt::format("{} is missing", name), std::move(advice));
  return false;
}

void Fields::missing(Names names, std::string_view what, std::string advice) {
  // A value that is no mapping has been reported as such.
  if (!value_ || !value_.node().is_mapping()) return;
  const std::string& path = value_.path();
  std::string text = path.empty() ? std::string(what) : fmt::format("{}: {}", path, what);
  missing_.emplace_back(
      names, value_.node().diagnose(Severity::kError, std::move(text), std::move(advice)));
}

void Fields::say_missing(const std::vector<std::string_view>& meant) {
  for (auto& [names, error] : missing_) {
    const bool misspelt = std::ranges::any_of(names, [&](std::string_view name) {
      return std::ranges::find(meant, name) != meant.end();
    });
    if (!misspelt) value_.diagnostics().add(std::move(error));
  }
  missing_.clear();
}

bool Fields::sound() const {
  const std::vector<Diagnostic>& all = value_.diagnostics().all();
  return missing_.empty() && std::ranges::find(used_, false) == used_.end() &&
         std::none_of(all.begin() + static_cast<std::ptrdiff_t>(found_before_), all.end(),
                      [](const Diagnostic& one) { return one.severity == Severity::kError; });
}

std::optional<std::size_t> Fields::at_most_one(Names names) {
  // In the order written: it is the later one that excludes the first.
  std::vector<std::pair<const Node::Member*, std::size_t>> set;
  std::size_t i = 0;
  for (const std::string_view name : names) {
    const Node::Member* member = find(name);
    if (member != nullptr && !member->value.is_null()) set.emplace_back(member, i);
    ++i;
  }
  if (set.empty()) return std::nullopt;
  std::ranges::sort(set);
  for (std::size_t k = 1; k < set.size(); ++k) {
    report(*set[k].first, Severity::kError,
           fmt::format(": excludes {}", names.begin()[set[0].second]),
           fmt::format("keep one of {}", fmt::join(names, ", ")));
  }
  return set[0].second;
}

std::optional<std::size_t> Fields::exactly_one(Names names) {
  const std::optional<std::size_t> set = at_most_one(names);
  if (!set) {
    const std::string_view of = names.size() > 1 ? "one of " : "";
    missing(names, fmt::format("{}{} is missing", of, fmt::join(names, ", ")));
  }
  return set;
}

void Fields::finish() {
  std::size_t reported = 0;
  std::vector<std::string_view> meant;
  for (std::size_t i = 0; i < used_.size() && reported < Diagnostics::kMost; ++i) {
    if (used_[i]) continue;
    ++reported;
    const Node::Member& member = value_.node().members[i];
    report(member, Severity::kError, ": unknown field", advice_for(member.key));
    if (const auto name = nearest(member.key, known_)) meant.push_back(*name);
  }
  say_missing(meant);
}

std::string Fields::advice_for(std::string_view wrong) const {
  if (const std::optional<std::string_view> meant = nearest(wrong, known_)) {
    return fmt::format("did you mean \"{}\"?", *meant);
  }
  std::vector<std::string_view> listed;
  std::ranges::copy_if(known_, std::back_inserter(listed), [&](std::string_view name) {
    return std::ranges::find(hidden_, name) == hidden_.end();
  });
  if (listed.empty()) return "nothing can stand here";
  if (listed.size() > kMostListed) return {};
  return fmt::format("the fields here are {}", fmt::join(listed, ", "));
}

}  // namespace squall::config
