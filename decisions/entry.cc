#include "decisions/entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <string_view>

namespace squall::decisions {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::size_t kFixed = 200;  // every field that is there once, with tag and lengths
constexpr std::size_t kVarint = 5, kWord = 8, kLongVarint = 10;

/// What has a length, which stands before it and is known behind it: room is left, and filled in.
class Lengths {
 public:
  /// Of parts of something that has `most` bytes.
  explicit Lengths(std::size_t most) : bytes_(most < kShort ? 2 : 4) {}

  std::uint8_t* open(std::uint8_t* to) const { return to + bytes_; }
  std::uint8_t* open_field(int field, std::uint8_t* to) const {
    return open(
        WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, to));
  }
  void close(std::uint8_t* start, const std::uint8_t* end) const {
    auto length = static_cast<std::uint32_t>(end - start);
    std::uint8_t* to = start - bytes_;
    for (; to != start - 1; length >>= 7) *to++ = static_cast<std::uint8_t>(length | 0x80);
    *to = static_cast<std::uint8_t>(length);
  }

 private:
  static constexpr std::size_t kShort = 1U << 14;
  std::ptrdiff_t bytes_;
};

/// As the library's own, which is a call.
std::uint8_t* put_varint(std::uint64_t value, std::uint8_t* to) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::uint8_t>(value | 0x80);
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

std::uint8_t* put_number(int field, std::uint32_t value, std::uint8_t* to) {
  return value == 0 ? to : WireFormatLite::WriteUInt32ToArray(field, value, to);
}
std::uint8_t* put_signed(int field, std::int64_t value, std::uint8_t* to) {
  return value == 0 ? to : WireFormatLite::WriteSInt64ToArray(field, value, to);
}
std::uint8_t* put_flag(int field, bool value, std::uint8_t* to) {
  return value ? WireFormatLite::WriteBoolToArray(field, true, to) : to;
}

policies::Headers headers_of(const Entry& entry) {
  return entry.request != nullptr ? entry.request->headers : entry.response->headers;
}

/// The texts of a head; returns how many bytes they have.
std::size_t gather_texts(const Entry& entry, std::vector<std::string_view>& texts) {
  const policies::Headers headers = headers_of(entry);
  const std::size_t before = entry.request != nullptr ? kRequestTexts : 0;
  texts.resize(before + 2 * headers.size());
  std::string_view* to = texts.data();
  std::size_t bytes = 0;
  const auto take = [&](std::string_view text) {
    *to++ = text;
    bytes += text.size();
  };
  if (entry.request != nullptr) {
    const policies::RequestHead& head = *entry.request;
    for (const std::string_view text :
         {head.method, head.scheme, head.authority, head.local, head.path, head.peer})
      take(text);
  }
  for (const policies::HeaderField& field : headers) {
    take(field.name);
    take(field.value);
  }
  if (entry.absent != nullptr) bytes += kVarint * entry.absent->size();
  return bytes;
}

/// That of heads which are likely to be like it: as many headers, the same first one (a client's
/// user-agent, often), the same host or status. 0: it has too many texts for one.
std::uint32_t place_of(const Entry& entry) {
  const policies::Headers headers = headers_of(entry);
  if (kRequestTexts + 2 * headers.size() > HeadTable::kTexts) return 0;
  std::uint64_t common = entry.machine + headers.size() * 0x10001;
  if (!headers.empty()) common += sample_bytes(headers.front().value);
  common += entry.request != nullptr ? 3 * sample_bytes(entry.request->authority)
                                     : std::uint64_t{entry.response->status} << 32;
  return HeadTable::place_of(common);
}

/// What it repeats and how long each new text is; then the new ones.
std::uint8_t* put_texts(const Entry& entry, Lengths lengths, EncodingState& state,
                        std::uint8_t* to) {
  const std::uint32_t place = place_of(entry);
  to = put_number(Head::kPlaceFieldNumber, place, to);
  HeadTable::Place* const known = place == 0 ? nullptr : &state.heads.at(place);
  std::uint8_t* start = to = lengths.open_field(Head::kRunsFieldNumber, to);
  std::uint32_t number = 0, same = 0;
  std::size_t fresh = 0;
  for (const std::string_view text : state.texts) {
    if (known != nullptr && known->repeats(number++, text)) {
      ++same;
      continue;
    }
    to = put_varint(same, to);
    to = put_varint(text.size(), to);
    same = 0;
    state.texts[fresh++] = text;
  }
  if (same != 0) to = put_varint(same, to);
  lengths.close(start, to);
  if (fresh == 0) return to;
  start = to = lengths.open_field(Head::kTextFieldNumber, to);
  for (const std::string_view text : std::span(state.texts).first(fresh)) {
    if (text.empty()) continue;  // it may have no data at all, which memcpy must not be given
    to = CodedOutputStream::WriteRawToArray(text.data(), static_cast<int>(text.size()), to);
  }
  lengths.close(start, to);
  return to;
}

std::uint8_t* put_head(const Entry& entry, Lengths lengths, EncodingState& state,
                       std::uint8_t* to) {
  std::uint8_t* const head = to = lengths.open_field(Decision::kHeadFieldNumber, to);
  to = put_texts(entry, lengths, state, to);
  if (entry.response != nullptr) {
    to = put_number(Head::kStatusFieldNumber, entry.response->status, to);
    to = put_flag(Head::kClosesConnectionFieldNumber, entry.response->closes_connection, to);
  } else {
    to = put_flag(Head::kHttp2FieldNumber, entry.request->http2, to);
    to = put_flag(Head::kInternalFieldNumber, entry.request->internal, to);
    to = put_number(Head::kKnownAsFieldNumber, entry.request->known_as, to);
    to = put_signed(Head::kAgeNsFieldNumber, entry.request->age.count(), to);
    to = put_number(Head::kPeerPortFieldNumber, entry.request->peer_port, to);
    to = put_number(Head::kLocalPortFieldNumber, entry.request->local_port, to);
    if (entry.request->connection != 0) {
      to = WireFormatLite::WriteUInt64ToArray(Head::kConnectionFieldNumber,
                                              entry.request->connection, to);
    }
  }
  lengths.close(head, to);
  return to;
}

std::uint8_t* put_absent(const std::vector<bool>& absent, Lengths lengths, std::uint8_t* to) {
  std::uint8_t* const start = to = lengths.open_field(Decision::kHealthFieldNumber, to);
  for (const bool one : absent) to = put_varint(one ? 1 : 0, to);
  lengths.close(start, to);
  return to;
}

std::uint8_t* put_hosts(const policies::PublishedHosts& hosts, Lengths lengths, std::uint8_t* to) {
  std::uint8_t* start = to = lengths.open_field(Decision::kHealthFieldNumber, to);
  for (const policies::HealthFlags flags : hosts.flags) to = put_varint(flags.bits(), to);
  lengths.close(start, to);
  start = to = lengths.open_field(Decision::kPassesFieldNumber, to);
  for (const Instant pass : hosts.last_pass)
    to = CodedOutputStream::WriteLittleEndian64ToArray(static_cast<std::uint64_t>(to_ns(pass)), to);
  lengths.close(start, to);
  return to;
}

}  // namespace

std::size_t measure(const Entry& entry, EncodingState& state) {
  std::size_t bytes = kFixed + kWordsOfEnd * kLongVarint * entry.commands.size();
  if (entry.request != nullptr || entry.response != nullptr)
    bytes += gather_texts(entry, state.texts) + state.texts.size() * 2 * kVarint;
  if (entry.hosts != nullptr)
    bytes += kVarint * entry.hosts->flags.size() + kWord * entry.hosts->last_pass.size();
  return bytes;
}

std::uint8_t* encode(const Entry& entry, std::size_t most, EncodingState& state, std::uint8_t* to) {
  const Lengths lengths(most);
  std::uint8_t* const start = to = lengths.open(to);
  to = WireFormatLite::WriteEnumToArray(Decision::kEventFieldNumber, entry.event, to);
  to = put_number(Decision::kMachineFieldNumber, entry.machine, to);
  if (entry.at != kNever) {
    to = put_signed(Decision::kLaterNsFieldNumber, to_ns(entry.at) - to_ns(state.at), to);
    state.at = entry.at;
  }
  to = put_number(Decision::kSubjectFieldNumber, entry.subject, to);
  to = put_number(Decision::kGenerationFieldNumber, entry.generation, to);
  to = put_number(Decision::kDetailFieldNumber, entry.detail, to);
  if (entry.number != 0)
    to = WireFormatLite::WriteFixed64ToArray(Decision::kNumberFieldNumber, entry.number, to);
  to = put_flag(Decision::kEndFieldNumber, entry.end, to);
  if (entry.request != nullptr || entry.response != nullptr)
    to = put_head(entry, lengths, state, to);
  if (entry.hosts != nullptr) to = put_hosts(*entry.hosts, lengths, to);
  if (entry.absent != nullptr) to = put_absent(*entry.absent, lengths, to);
  if (!entry.commands.empty()) {
    std::uint8_t* const commands = to = lengths.open_field(Decision::kCommandsFieldNumber, to);
    each_word(entry.commands, state.at, entry.worker,
              [&](std::uint64_t word) { to = put_varint(word, to); });
    lengths.close(commands, to);
  }
  lengths.close(start, to);
  return to;
}

policies::Command command_of(std::span<const std::uint64_t> words, Instant at) {
  std::uint64_t number = words[2];
  if ((words[0] & 0x1f) == static_cast<std::uint64_t>(policies::CommandKind::kArm)) {
    const auto later = static_cast<std::int64_t>(number >> 1 ^ (~(number & 1) + 1));
    number = static_cast<std::uint64_t>(to_ns(at)) + static_cast<std::uint64_t>(later);
  }
  return policies::Command::of(
      (words[0] & 0x1f) | (words[0] >> 6 & 0xff) << 8 | (words[0] >> 5 & 1) << 16 | words[1] << 32,
      number);
}

}  // namespace squall::decisions
