#include "policies/headers.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "policies/repeated_headers.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

using Action = HeaderEdit::Action;

std::string replace_all(const RegexRewrite& rewrite, std::string_view text) {
  std::string result(text);
  re2::RE2::GlobalReplace(&result, *rewrite.pattern, rewrite.substitution);
  return result;
}

/// In the order of application; the last one wins overwrites.
std::array<const HeaderMutations*, 4> in_order(const Levels& levels) {
  const HeaderMutations* entry = levels.entry != nullptr ? &levels.entry->headers : nullptr;
  if (levels.table.most_specific_mutations_win) {
    return {entry, &levels.table.headers, &levels.host.headers, &levels.route.headers};
  }
  return {entry, &levels.route.headers, &levels.host.headers, &levels.table.headers};
}

bool appends(HeaderMutation::Action action) {
  return action == HeaderMutation::Action::kAddIfAbsent ||
         action == HeaderMutation::Action::kAppendIfExistsOrAdd;
}

/// What a level's values are made of, and the header itself where it is there.
struct LevelInputs {
  FormatInputs format;
  std::optional<std::string_view> value;
};

/// One level: removals; then every value is worked out on what they leave; overwrites; appends.
template <class Inputs>
void mutate(HeadOf head, const std::vector<std::string>& remove,
            const std::vector<HeaderMutation>& add, const Inputs& inputs, HeaderEdits& edits) {
  for (const std::string& name : remove) edits.add(Action::kRemove, name);
  const std::size_t removed = edits.list.size();
  for (const bool append : {false, true}) {
    for (const HeaderMutation& mutation : add) {
      if (appends(mutation.action) != append) continue;
      const auto [format, before] = inputs(mutation.name, removed);
      const bool present = before.has_value();
      if (mutation.action == HeaderMutation::Action::kAddIfAbsent && present) continue;
      if (mutation.action == HeaderMutation::Action::kOverwriteIfExists && !present) continue;
      const std::string_view value = mutation.value.find('%') == std::string::npos
                                         ? std::string_view(mutation.value)
                                         : format_header(mutation.value, format, edits.text);
      if (value.empty() && !mutation.keep_empty) continue;
      const auto joined = append && joins(head, mutation.name)
                              ? inputs(mutation.name, edits.list.size()).value
                              : std::nullopt;
      if (joined) {
        edits.add(Action::kOverwrite, mutation.name, joined_values(*joined, value, edits.text));
      } else {
        edits.add(append ? Action::kAppend : Action::kOverwrite, mutation.name, value);
      }
    }
  }
}

std::string rewrite_shape(const UriRewrite& rewrite, const UriTemplate& shape,
                          std::string_view path) {
  const std::string_view bare = bare_path(path);
  return rewritten(rewrite, shape, bare) + std::string(path.substr(bare.size()));
}

/// A rewrite's value, which sees the changes so far.
std::string_view formatted(std::string_view format, std::string_view missing,
                           const RequestHead& head, const EditOptions& options,
                           HeaderEdits& edits) {
  const FormatInputs inputs{{head, edits.list}, nullptr, options.stream, missing};
  return format_header(format, inputs, edits.text);
}

void rewrite_host_of(const Forward& forward, const RequestHead& head, const EditOptions& options,
                     HeaderEdits& edits) {
  const HostRewrite& rewrite = forward.host_rewrite;
  if (!rewrite.literal.empty()) {
    rewrite_host(rewrite.literal, rewrite.append_forwarded, head, options, edits);
  } else if (!rewrite.header.empty()) {
    const auto value = EditedRequest{head, edits.list}.find(rewrite.header).value_or("");
    if (!value.empty()) rewrite_host(value, rewrite.append_forwarded, head, options, edits);
  } else if (!rewrite.format.empty()) {
    const std::string_view value = formatted(rewrite.format, "-", head, options, edits);
    if (!value.empty()) rewrite_host(value, rewrite.append_forwarded, head, options, edits);
  } else if (rewrite.path_regex) {
    const std::string name = replace_all(*rewrite.path_regex, bare_path(head.path));
    if (!name.empty())
      rewrite_host(edits.text.store(name), rewrite.append_forwarded, head, options, edits);
  }
}

/// None: it stays as it is.
std::optional<std::string> rewritten_path(const Route& route, const RequestHead& head,
                                          const EditOptions& options, HeaderEdits& edits) {
  const PathRewrite& rewrite = std::get<Forward>(route.action).path_rewrite;
  const PathMatch& match = route.match.path;
  if (!rewrite.format.empty()) {
    const std::string_view path = formatted(rewrite.format, "", head, options, edits);
    if (path.empty()) return std::nullopt;
    return std::string(path).append(head.path.substr(bare_path(head.path).size()));
  }
  if (rewrite.shape) return rewrite_shape(*rewrite.shape, *match.shape, head.path);
  return rewrite_path(rewrite.prefix, rewrite.regex ? &*rewrite.regex : nullptr, match, head.path);
}

}  // namespace

bool changes_request(const Levels& levels) {
  for (const HeaderMutations* level : in_order(levels)) {
    if (level != nullptr && !(level->request_add.empty() && level->request_remove.empty())) {
      return true;
    }
  }
  const auto* forward = std::get_if<Forward>(&levels.route.action);
  if (forward == nullptr) return false;
  const bool entry_host = levels.entry != nullptr && !levels.entry->host_rewrite.empty();
  return entry_host || rewrites(*forward);
}

bool rewrites(const Forward& forward) {
  const HostRewrite& host = forward.host_rewrite;
  const PathRewrite& path = forward.path_rewrite;
  return !host.literal.empty() || !host.header.empty() || !host.format.empty() || host.path_regex ||
         !path.prefix.empty() || path.regex || path.shape || !path.format.empty();
}

bool changes_response(const Levels& levels) {
  for (const HeaderMutations* level : in_order(levels)) {
    if (level != nullptr && !(level->response_add.empty() && level->response_remove.empty())) {
      return true;
    }
  }
  return false;
}

void edit_request(const Levels& levels, const RequestHead& head, const EditOptions& options,
                  HeaderEdits& edits) {
  const auto inputs = [&](std::string_view name, std::size_t so_far) {
    const EditedRequest request{head, std::span(edits.list).first(so_far)};
    return LevelInputs{{request, nullptr, options.stream}, request.find(name)};
  };
  for (const HeaderMutations* level : in_order(levels)) {
    if (level != nullptr)
      mutate(HeadOf::kRequest, level->request_remove, level->request_add, inputs, edits);
    if (levels.entry != nullptr && level == &levels.entry->headers &&
        !levels.entry->host_rewrite.empty()) {
      edits.add(Action::kOverwrite, ":authority", levels.entry->host_rewrite);
    }
  }
  const auto* forward = std::get_if<Forward>(&levels.route.action);
  if (forward == nullptr) return;
  rewrite_host_of(*forward, head, options, edits);
  const std::optional<std::string> path = rewritten_path(levels.route, head, options, edits);
  if (!path) return;
  if (options.keep_originals) {
    edits.add(Action::kOverwrite, "x-envoy-original-path", head.path);
  }
  edits.add(Action::kOverwrite, ":path", edits.text.store(*path));
}

void edit_request(const HeaderMutations& level, const RequestHead& head, const StreamFacts& stream,
                  HeaderEdits& edits) {
  static constexpr RequestHead kNothing{.authority = {}, .path = {}, .headers = {}};
  const auto inputs = [&](std::string_view name, std::size_t so_far) {
    const EditedRequest request{head, std::span(edits.list).first(so_far)};
    return LevelInputs{{{kNothing, {}}, nullptr, stream}, request.find(name)};
  };
  mutate(HeadOf::kRequest, level.request_remove, level.request_add, inputs, edits);
}

void add_headers(const std::vector<HeaderMutation>& add, const RequestHead& head,
                 const StreamFacts& stream, HeaderEdits& edits) {
  mutate(
      HeadOf::kRequest, {}, add,
      [&](std::string_view name, std::size_t so_far) {
        const EditedRequest request{head, std::span(edits.list).first(so_far)};
        return LevelInputs{{request, nullptr, stream}, request.find(name)};
      },
      edits);
}

void add_headers(const std::vector<HeaderMutation>& add, const RequestHead& request,
                 const ResponseHead& head, const StreamFacts& stream, HeaderEdits& edits) {
  EditedResponse response{head, {}};
  const std::size_t before = edits.list.size();
  mutate(
      HeadOf::kResponse, {}, add,
      [&](std::string_view name, std::size_t so_far) {
        response.edits = std::span(edits.list).subspan(before, so_far - before);
        return LevelInputs{{{request, {}}, &response, stream}, response.find(name)};
      },
      edits);
}

void edit_response(const Levels& levels, const RequestHead& request, std::size_t of_request,
                   const ResponseHead& head, const EditOptions& options, HeaderEdits& edits) {
  EditedResponse response{head, {}};
  const auto inputs = [&](std::string_view name, std::size_t so_far) {
    const std::span<const HeaderEdit> all(edits.list);
    response.edits = all.subspan(of_request, so_far - of_request);
    return LevelInputs{{{request, all.first(of_request)}, &response, options.stream},
                       response.find(name)};
  };
  for (const HeaderMutations* level : in_order(levels)) {
    if (level != nullptr)
      mutate(HeadOf::kResponse, level->response_remove, level->response_add, inputs, edits);
  }
}

void rewrite_host(std::string_view name, bool forwarded, const RequestHead& head,
                  const EditOptions& options, HeaderEdits& edits) {
  const EditedRequest request{head, edits.list};
  const auto original = request.find(":authority").value_or("");
  if (forwarded && !original.empty()) {
    const auto before = request.find("x-forwarded-host").value_or("");
    if (before.substr(before.rfind(',') + 1) != original)  // npos + 1 is 0
      edits.add(Action::kOverwrite, "x-forwarded-host",
                joined_values(before, original, edits.text));
  }
  if (options.keep_originals && !original.empty()) {
    edits.add(Action::kOverwrite, "x-envoy-original-host", original);
  }
  edits.add(Action::kOverwrite, ":authority", name);
}

std::optional<std::string> rewrite_path(std::string_view prefix, const RegexRewrite* regex,
                                        const PathMatch& match, std::string_view path) {
  const std::string_view bare = bare_path(path);
  if (!prefix.empty()) {
    std::size_t matched = bare.size();
    if (match.kind != PathMatch::Kind::kRegex && match.kind != PathMatch::Kind::kTemplate) {
      matched = match.value.size();  // of the path as it came, which may not begin with it
      if (!equal_text(path.substr(0, matched), match.value, !match.case_sensitive))
        return std::nullopt;
    }
    return std::string(prefix) + std::string(path.substr(matched));
  }
  if (regex == nullptr) return std::nullopt;
  const std::string fresh = replace_all(*regex, bare);
  if (fresh.empty()) return std::nullopt;
  return fresh + std::string(path.substr(bare.size()));
}

void apply_edits(std::span<const HeaderEdit> edits, std::string_view& authority,
                 std::string_view& path, std::vector<HeaderField>& headers) {
  for (const HeaderEdit& edit : edits) {
    if (edit.name == ":authority") {
      authority = edit.value;
      continue;
    }
    if (edit.name == ":path") {
      path = edit.value;
      continue;
    }
    if (edit.action != Action::kAppend) {
      std::erase_if(headers, [&](const HeaderField& field) { return field.name == edit.name; });
    }
    if (edit.action != Action::kRemove) headers.push_back({edit.name, edit.value});
  }
}

}  // namespace squall::policies
