#include "decisions/entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <string_view>

namespace squall::decisions {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::size_t kLengthBytes = 4;  // 28 bits
constexpr std::size_t kFixed = 200;      // every field that is there once, with tag and lengths
constexpr std::size_t kVarint = 5, kWord = 8, kLongVarint = 10;

/// Leaves room for a length; close() fills it in.
std::uint8_t* open_length(std::uint8_t* to) { return to + kLengthBytes; }
void close_length(std::uint8_t* start, const std::uint8_t* end) {
  auto length = static_cast<std::uint32_t>(end - start);
  for (std::size_t i = 0; i < kLengthBytes; ++i, length >>= 7) {
    const std::uint8_t more = i + 1 < kLengthBytes ? 0x80 : 0;
    start[static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(kLengthBytes)] =
        static_cast<std::uint8_t>((length & 0x7f) | more);
  }
}

std::uint8_t* open_field(int field, std::uint8_t* to) {
  return open_length(
      WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, to));
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

/// Calls take(first, second) for each of a head's pairs.
template <class Take>
void each_pair(const Entry& entry, const Take& take) {
  if (entry.request != nullptr) {
    const policies::RequestHead& head = *entry.request;
    take(head.method, head.scheme);
    take(head.authority, head.local);
    take(head.path, std::string_view());
    take(head.peer, std::string_view());
  }
  const policies::Headers headers =
      entry.request != nullptr ? entry.request->headers : entry.response->headers;
  for (const policies::HeaderField& field : headers) take(field.name, field.value);
}

/// The pairs' numbers; then those that are new once more, for their texts and their lengths.
std::uint8_t* put_pairs(const Entry& entry, EncodingState& state, std::uint8_t* to) {
  std::vector<std::string_view>& fresh = state.fresh;
  fresh.clear();
  state.pairs.begin_head();
  std::uint8_t* start = to = open_field(Head::kPairsFieldNumber, to);
  each_pair(entry, [&](std::string_view first, std::string_view second) {
    const PairTable::Found found = state.pairs.find(first, second);
    const std::uint32_t number = 2 * found.place + (found.place != 0 && !found.known ? 1 : 0);
    to = CodedOutputStream::WriteVarint32ToArray(number, to);
    if (found.known) return;
    fresh.push_back(first);
    fresh.push_back(second);
  });
  close_length(start, to);
  if (fresh.empty()) return to;
  start = to = open_field(Head::kTextFieldNumber, to);
  for (const std::string_view text : fresh) {
    if (text.empty()) continue;  // it may have no data at all, which memcpy must not be given
    to = CodedOutputStream::WriteRawToArray(text.data(), static_cast<int>(text.size()), to);
  }
  close_length(start, to);
  start = to = open_field(Head::kLengthsFieldNumber, to);
  for (const std::string_view text : fresh)
    to = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(text.size()), to);
  close_length(start, to);
  return to;
}

std::uint8_t* put_head(const Entry& entry, EncodingState& state, std::uint8_t* to) {
  std::uint8_t* const head = to = open_field(Decision::kHeadFieldNumber, to);
  to = put_pairs(entry, state, to);
  if (entry.response != nullptr) {
    to = put_number(Head::kStatusFieldNumber, entry.response->status, to);
    to = put_flag(Head::kClosesConnectionFieldNumber, entry.response->closes_connection, to);
  } else {
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
  close_length(head, to);
  return to;
}

std::uint8_t* put_hosts(const policies::PublishedHosts& hosts, std::uint8_t* to) {
  std::uint8_t* start = to = open_field(Decision::kHealthFieldNumber, to);
  for (const policies::HealthFlags flags : hosts.flags)
    to = CodedOutputStream::WriteVarint32ToArray(flags.bits(), to);
  close_length(start, to);
  start = to = open_field(Decision::kPassesFieldNumber, to);
  for (const Instant pass : hosts.last_pass)
    to = CodedOutputStream::WriteLittleEndian64ToArray(static_cast<std::uint64_t>(to_ns(pass)), to);
  close_length(start, to);
  return to;
}

}  // namespace

std::size_t most_bytes(const Entry& entry) {
  std::size_t bytes = kFixed + kWordsOfEnd * kLongVarint * entry.commands.size();
  if (entry.request != nullptr || entry.response != nullptr) {
    each_pair(entry, [&](std::string_view first, std::string_view second) {
      bytes += 3 * kVarint + first.size() + second.size();
    });
  }
  if (entry.hosts != nullptr)
    bytes += kVarint * entry.hosts->flags.size() + kWord * entry.hosts->last_pass.size();
  return bytes;
}

std::uint8_t* encode(const Entry& entry, EncodingState& state, std::uint8_t* to) {
  std::uint8_t* const start = to = open_length(to);
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
  if (entry.request != nullptr || entry.response != nullptr) to = put_head(entry, state, to);
  if (entry.hosts != nullptr) to = put_hosts(*entry.hosts, to);
  if (!entry.commands.empty()) {
    std::uint8_t* const commands = to = open_field(Decision::kCommandsFieldNumber, to);
    each_word(entry.commands, state.at, entry.worker,
              [&](std::uint64_t word) { to = CodedOutputStream::WriteVarint64ToArray(word, to); });
    close_length(commands, to);
  }
  close_length(start, to);
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
