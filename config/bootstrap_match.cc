#include <fmt/format.h>

#include "config/bootstrap_parts.h"
#include "policies/header_format.h"

namespace squall::config::envoy {
namespace {

using policies::HeaderMatch;
using policies::HeaderMutation;
using policies::StringMatch;

void read_range(Fields& f, HeaderMatch& out) {
  out.kind = HeaderMatch::Kind::kRange;
  f.object("range_match", [&](Fields& range) {
    range.integer("start", out.first);
    range.integer("end", out.last);
  });
}

/// The deprecated forms beside string_match.
void read_older_form(Fields& f, std::size_t which, HeaderMatch& out) {
  static constexpr StringMatch::Kind kKinds[] = {
      StringMatch::Kind::kExact, StringMatch::Kind::kPrefix, StringMatch::Kind::kSuffix,
      StringMatch::Kind::kContains};
  static constexpr std::string_view kNames[] = {"exact_match", "prefix_match", "suffix_match",
                                                "contains_match"};
  out.kind = HeaderMatch::Kind::kString;
  out.text.kind = kKinds[which];
  if (which > 0) {
    read_nonempty(f, kNames[which], out.text.value);
  } else if (f.text("exact_match", out.text.value) && out.text.value.empty()) {
    out.kind = HeaderMatch::Kind::kPresent;  // here, and here only, it stands for any value
  }
}

void read_header_match(Fields& f, HeaderMatch& out) {
  if (!read_nonempty(f, "name", out.name)) f.require("name");
  check_line(f["name"], out.name);
  out.name = lower_case(out.name);
  f.boolean("invert_match", out.invert);
  f.boolean("treat_missing_header_as_empty", out.missing_as_empty);
  const std::optional<std::size_t> form =
      f.at_most_one({"exact_match", "prefix_match", "suffix_match", "contains_match",
                     "string_match", "safe_regex_match", "range_match", "present_match"});
  if (!form) return;
  if (*form < 4) {
    read_older_form(f, *form, out);
  } else if (*form == 4) {
    out.kind = HeaderMatch::Kind::kString;
    read_string_match(f["string_match"], out.text);
  } else if (*form == 5) {
    out.kind = HeaderMatch::Kind::kString;
    out.text.kind = StringMatch::Kind::kRegex;
    out.text.regex = read_regex(f["safe_regex_match"]);
  } else if (*form == 6) {
    read_range(f, out);
  } else {
    f.boolean("present_match", out.present);
  }
}

/// The name of a header as Envoy admits it in %REQ(NAME?OTHER)%.
bool is_header_name(std::string_view name) {
  if (name == ":") return false;
  if (name.starts_with(':')) name.remove_prefix(1);
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  return lower_case(name).find_first_not_of(kLetters) == std::string::npos;
}

void check_names(const Value& place, std::string_view names) {
  const std::size_t mark = std::min(names.find('?'), names.size());
  const std::string_view name = names.substr(0, mark);
  const std::string_view other = names.substr(std::min(mark + 1, names.size()));
  constexpr std::string_view kAdvice = "write NAME, or NAME?OTHER for another where it is missing";
  if (other.find('?') != std::string_view::npos) {
    place.error(fmt::format("\"{}\" has more than one other header", names), std::string(kAdvice));
  } else if (!is_header_name(name) || !is_header_name(other)) {
    place.error(fmt::format("\"{}\" does not name a header", names), std::string(kAdvice));
  }
}

/// The names in %REQ(...)% and %RESP(...)% of a well-formed text.
void check_operands(const Value& place, std::string_view text) {
  while (true) {
    const std::size_t start = text.find('%');
    if (start == std::string_view::npos) return;
    text.remove_prefix(start + 1);
    const std::size_t open = text.find_first_of("%(");
    if (text[open] == '(') {
      const std::size_t close = text.find(')');
      check_names(place, text.substr(open + 1, close - open - 1));
      text.remove_prefix(close);
    }
    text.remove_prefix(text.find('%') + 1);
  }
}

}  // namespace

bool read_format(Fields& f, std::string_view name, std::string& out) {
  if (!f.text(name, out)) return false;
  const Result<void> checked = policies::check_header_format(out);
  if (checked) check_operands(f[name], out);
  if (checked) return true;
  for (const Diagnostic& d : checked.error().sorted()) f[name].error(d.what, d.advice);
  return false;
}

std::shared_ptr<const re2::RE2> read_regex(const Value& regex_matcher) {
  if (!regex_matcher.is_mapping()) return nullptr;
  Fields f(regex_matcher);
  f.object("google_re2", [](Fields& engine) {
    std::uint32_t size = 0;  // bootstrap.cc compares it
    engine.integer("max_program_size", size);
  });
  std::string pattern;
  std::shared_ptr<const re2::RE2> regex;
  if (read_nonempty(f, "regex", pattern)) {
    Result<std::shared_ptr<const re2::RE2>> compiled = policies::compile_regex(pattern);
    if (compiled) {
      regex = *std::move(compiled);
    } else {
      for (const Diagnostic& d : compiled.error().sorted()) f["regex"].error(d.what, d.advice);
    }
  } else {
    f.require("regex");
  }
  f.finish();
  return regex;
}

bool read_string_match(const Value& value, StringMatch& out) {
  if (!value.is_mapping()) return false;
  Fields f(value);
  f.boolean("ignore_case", out.ignore_case);
  const std::optional<std::size_t> form =
      exactly_one(f, {"exact", "prefix", "suffix", "contains", "safe_regex"}, {"custom"});
  if (form == 0U) {
    out.kind = StringMatch::Kind::kExact;
    f.text("exact", out.value);
  } else if (form == 1U) {
    out.kind = StringMatch::Kind::kPrefix;
    read_nonempty(f, "prefix", out.value);
  } else if (form == 2U) {
    out.kind = StringMatch::Kind::kSuffix;
    read_nonempty(f, "suffix", out.value);
  } else if (form == 3U) {
    out.kind = StringMatch::Kind::kContains;
    read_nonempty(f, "contains", out.value);
  } else if (form == 4U) {
    out.kind = StringMatch::Kind::kRegex;
    if (out.ignore_case) f["ignore_case"].error("has no effect on safe_regex", "write (?i) in it");
    out.regex = read_regex(f["safe_regex"]);
    if (const Node* regex = f["safe_regex"].node().find("regex")) out.value = regex->text;
  }
  f.finish();
  return form.has_value();
}

void read_header_matches(Fields& f, std::string_view name, std::vector<HeaderMatch>& out) {
  f.objects(name, [&](Fields& header) { read_header_match(header, out.emplace_back()); });
}

void read_query_matches(Fields& f, std::string_view name, std::vector<policies::QueryMatch>& out) {
  f.objects(name, [&](Fields& parameter) {
    policies::QueryMatch& match = out.emplace_back();
    if (!read_nonempty(parameter, "name", match.name)) parameter.require("name");
    const std::optional<std::size_t> form =
        parameter.at_most_one({"string_match", "present_match"});
    if (form == 0U) read_string_match(parameter["string_match"], match.text.emplace());
    if (form == 1U) parameter.boolean("present_match", match.present);
  });
}

std::optional<policies::RegexRewrite> read_regex_rewrite(Fields& f, std::string_view name) {
  std::optional<policies::RegexRewrite> out;
  f.object(name, [&](Fields& rewrite) {
    policies::RegexRewrite& regex = out.emplace();
    if (!rewrite["pattern"]) rewrite.require("pattern");
    regex.pattern = read_regex(rewrite["pattern"]);
    read_line(rewrite, "substitution", regex.substitution);
  });
  if (out && out->pattern == nullptr) out.reset();
  return out;
}

void read_additions(Fields& f, std::string_view name, std::vector<HeaderMutation>& out) {
  f.objects(name, [&](Fields& option) {
    HeaderMutation& mutation = out.emplace_back();
    if (!option["header"]) option.require("header");
    option.object("header", [&](Fields& header) {
      header.unsupported({"raw_value"});
      if (!read_nonempty(header, "key", mutation.name)) header.require("key");
      check_line(header["key"], mutation.name);
      mutation.name = lower_case(mutation.name);
      if (mutation.name.starts_with(':') || mutation.name == "host") {
        header["key"].error(fmt::format("{} cannot be changed this way", mutation.name),
                            "use a rewrite of the route");
      }
      read_format(header, "value", mutation.value);
      check_line(header["value"], mutation.value);
    });
    option.choice("append_action", mutation.action,
                  {{"APPEND_IF_EXISTS_OR_ADD", HeaderMutation::Action::kAppendIfExistsOrAdd},
                   {"ADD_IF_ABSENT", HeaderMutation::Action::kAddIfAbsent},
                   {"OVERWRITE_IF_EXISTS_OR_ADD", HeaderMutation::Action::kOverwriteIfExistsOrAdd},
                   {"OVERWRITE_IF_EXISTS", HeaderMutation::Action::kOverwriteIfExists}});
    bool append = true;
    if (option.boolean("append", append)) {  // which the default action does not contradict
      if (mutation.action != HeaderMutation::Action::kAppendIfExistsOrAdd) {
        option["append"].error("excludes append_action", "write append_action alone");
      } else if (!append) {
        mutation.action = HeaderMutation::Action::kOverwriteIfExistsOrAdd;
      }
    }
    option.boolean("keep_empty_value", mutation.keep_empty);
  });
}

void read_removals(Fields& f, std::string_view name, std::vector<std::string>& out) {
  f.list(name, [&](const Value& item) {
    std::optional<std::string> header = item.text();
    if (!header) return;
    check_line(item, *header);
    header = lower_case(*header);
    if (header->empty() || header->starts_with(':') || *header == "host") {
      item.error(fmt::format("\"{}\" cannot be removed", *header));
    }
    out.push_back(*std::move(header));
  });
}

void read_header_mutations(Fields& f, policies::HeaderMutations& out) {
  read_additions(f, "request_headers_to_add", out.request_add);
  read_additions(f, "response_headers_to_add", out.response_add);
  read_removals(f, "request_headers_to_remove", out.request_remove);
  read_removals(f, "response_headers_to_remove", out.response_remove);
}

}  // namespace squall::config::envoy
