#include <fmt/format.h>

#include "config/bootstrap_parts.h"
#include "policies/header_format.h"

namespace squall::config::envoy {
namespace {

using policies::HeaderMatch;
using policies::HeaderMutation;
using policies::StringMatch;

/// A text for a condition that an empty one would make meaningless.
bool read_nonempty(Fields& f, std::string_view name, std::string& out) {
  const bool read = f.text(name, out);
  if (read && out.empty()) f[name].expected("a text that is not empty");
  return read && !out.empty();
}

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
  f.text(kNames[which], out.text.value);
  // Here, and here only, an empty text stands for any value.
  if (out.text.value.empty()) out.kind = HeaderMatch::Kind::kPresent;
}

void read_header_match(Fields& f, HeaderMatch& out) {
  if (!read_nonempty(f, "name", out.name)) f.require("name");
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

}  // namespace

bool read_format(Fields& f, std::string_view name, std::string& out) {
  if (!f.text(name, out)) return false;
  const Result<void> checked = policies::check_header_format(out);
  if (checked) return true;
  for (const Diagnostic& d : checked.error().sorted()) f[name].error(d.what, d.advice);
  return false;
}

std::shared_ptr<const re2::RE2> read_regex(const Value& regex_matcher) {
  if (!regex_matcher.is_mapping()) return nullptr;
  Fields f(regex_matcher);
  f.object("google_re2", [](Fields& engine) { engine.accept({"max_program_size"}); });
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
    rewrite.text("substitution", regex.substitution);
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
      mutation.name = lower_case(mutation.name);
      if (mutation.name.starts_with(':') || mutation.name == "host") {
        header["key"].error(fmt::format("{} cannot be changed this way", mutation.name),
                            "use a rewrite of the route");
      }
      read_format(header, "value", mutation.value);
    });
    bool append = true;
    if (option.boolean("append", append) && !append) {
      mutation.action = HeaderMutation::Action::kOverwriteIfExistsOrAdd;
    }
    option.choice("append_action", mutation.action,
                  {{"APPEND_IF_EXISTS_OR_ADD", HeaderMutation::Action::kAppendIfExistsOrAdd},
                   {"ADD_IF_ABSENT", HeaderMutation::Action::kAddIfAbsent},
                   {"OVERWRITE_IF_EXISTS_OR_ADD", HeaderMutation::Action::kOverwriteIfExistsOrAdd},
                   {"OVERWRITE_IF_EXISTS", HeaderMutation::Action::kOverwriteIfExists}});
    option.boolean("keep_empty_value", mutation.keep_empty);
  });
}

void read_removals(Fields& f, std::string_view name, std::vector<std::string>& out) {
  f.list(name, [&](const Value& item) {
    std::optional<std::string> header = item.text();
    if (!header) return;
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
