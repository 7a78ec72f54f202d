#include "policies/header_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "policies/base/ascii.h"
#include "policies/base/check.h"
#include "policies/base/ip.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

std::optional<std::string_view> edited(std::optional<std::string_view> value, std::string_view name,
                                       std::span<const HeaderEdit> edits) {
  for (const HeaderEdit& edit : edits) {
    if (edit.name != name) continue;
    switch (edit.action) {
      case HeaderEdit::Action::kRemove:
        value = std::nullopt;
        break;
      case HeaderEdit::Action::kOverwrite:
        value = edit.value;
        break;
      case HeaderEdit::Action::kAppend:
        if (!value) value = edit.value;
        break;
    }
  }
  return value;
}

constexpr std::string_view kStreamOperators[] = {
    "%PROTOCOL%",
    "%ROUTE_NAME%",
    "%UPSTREAM_CLUSTER%",
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "%DOWNSTREAM_REMOTE_ADDRESS%",
    "%RESPONSE_CODE%",
    "%RESPONSE_CODE_DETAILS%",
    "%RESPONSE_FLAGS%",
};

/// A part of a text: literal, or an operator with its argument.
struct Piece {
  std::string_view literal;
  std::string_view command;  // "REQ", "%PROTOCOL%"; empty: a literal
  std::string_view name, other;
  std::size_t length = std::string_view::npos;
};

/// Reads "NAME?OTHER):LENGTH%" off `rest`; false when it is something else.
bool read_argument(std::string_view& rest, Piece& piece) {
  const std::size_t close = rest.find(')');
  if (close == std::string_view::npos || close == 0) return false;
  const std::string_view names = rest.substr(0, close);
  const std::size_t mark = names.find('?');
  piece.name = names.substr(0, mark);
  if (mark != std::string_view::npos) piece.other = names.substr(mark + 1);
  rest.remove_prefix(close + 1);
  if (rest.starts_with(':')) {
    const char* end = rest.data() + rest.size();
    const auto [stop, failure] = std::from_chars(rest.data() + 1, end, piece.length);
    if (failure != std::errc()) return false;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  }
  if (!rest.starts_with('%')) return false;
  rest.remove_prefix(1);
  return true;
}

/// Takes the next piece off `rest`, which is not empty; none when it is malformed or unknown.
std::optional<Piece> next_piece(std::string_view& rest) {
  Piece piece;
  const auto skip = [&](std::string_view start) {
    if (!rest.starts_with(start)) return false;
    rest.remove_prefix(start.size());
    return true;
  };
  if (!rest.starts_with('%')) {
    piece.literal = rest.substr(0, rest.find('%'));
    rest.remove_prefix(piece.literal.size());
    return piece;
  }
  if (skip("%%")) {
    piece.literal = "%";
    return piece;
  }
  for (const std::string_view name : kStreamOperators) {
    if (!skip(name)) continue;
    piece.command = name;
    return piece;
  }
  for (const std::string_view start : {"%REQ(", "%RESP("}) {
    if (!skip(start)) continue;
    piece.command = start.substr(1, start.size() - 2);
    if (!read_argument(rest, piece)) return std::nullopt;
    return piece;
  }
  return std::nullopt;
}

/// A response of the proxy itself has no code yet when its headers are formatted.
std::string_view look_up(const StreamFacts& stream, std::string_view name, TextArena& arena) {
  if (name == "%PROTOCOL%") return stream.protocol;
  if (name == "%ROUTE_NAME%") return stream.route;
  if (name == "%UPSTREAM_CLUSTER%") return stream.cluster;
  if (name == "%UPSTREAM_REQUEST_ATTEMPT_COUNT%") return text_in(arena, "{}", stream.attempts);
  if (name == "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%") return stream.peer;
  if (name == "%DOWNSTREAM_REMOTE_ADDRESS%")
    return arena.store(with_port(stream.peer, stream.peer_port));
  const Outcome none;
  const Outcome& outcome = stream.outcome != nullptr ? *stream.outcome : none;
  if (name == "%RESPONSE_CODE%")
    return text_in(arena, "{}", outcome.local ? std::uint16_t{0} : outcome.status);
  if (name == "%RESPONSE_FLAGS%") return arena.store(to_string(outcome.flags));
  return details_text(outcome, stream.host, arena);
}

std::string_view lowered(std::string_view text, TextArena& arena) {
  char* const lower = arena.room(text.size());
  std::ranges::transform(text, lower, [](char c) { return lower_case(c); });
  return {lower, text.size()};
}

template <class Head>
std::string_view look_up(const Head& head, const Piece& piece, std::string_view missing,
                         TextArena& arena) {
  auto value = head.find(lowered(piece.name, arena));
  if (!value && !piece.other.empty()) value = head.find(lowered(piece.other, arena));
  return value ? value->substr(0, piece.length) : missing;
}

}  // namespace

std::optional<std::string_view> EditedRequest::find(std::string_view name) const {
  if (name == "host") name = ":authority";
  return edited(find_header(head, name), name, edits);
}

std::optional<std::string_view> EditedResponse::find(std::string_view name) const {
  return edited(find_header(head.headers, name), name, edits);
}

Result<void> check_header_format(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view place = rest;
    if (next_piece(rest)) continue;
    return error("'" + std::string(place) + "' is not a command operator that is honoured here",
                 fmt::format("%REQ(NAME)%, %REQ(NAME?OTHER):LENGTH%, %RESP(NAME)%, {}, or %% for a "
                             "percent sign",
                             fmt::join(kStreamOperators, ", ")));
  }
  return {};
}

std::string_view format_header(std::string_view text, const FormatInputs& inputs,
                               TextArena& arena) {
  fmt::memory_buffer result;
  while (!text.empty()) {
    const auto piece = next_piece(text);
    SQUALL_CHECK(piece.has_value());
    if (piece->command.empty()) {
      result.append(piece->literal);
    } else if (piece->command.starts_with('%')) {
      const std::string_view value = look_up(inputs.stream, piece->command, arena);
      result.append(value.empty() ? inputs.missing : value);
    } else if (piece->command == "REQ") {
      result.append(look_up(inputs.request, *piece, inputs.missing, arena));
    } else if (inputs.response == nullptr) {
      result.append(inputs.missing);
    } else {
      result.append(piece->name == ":status"
                        ? text_in(arena, "{}", inputs.response->head.status)
                        : look_up(*inputs.response, *piece, inputs.missing, arena));
    }
  }
  return arena.store({result.data(), result.size()});
}

}  // namespace squall::policies
