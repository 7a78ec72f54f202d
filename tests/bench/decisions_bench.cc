// The decision log: what an entry costs to encode, and a decision to replay.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "decisions/entry.h"

namespace squall::bench {
namespace {

using namespace decisions;

/// As a browser sends them through a gateway; `n` makes the request's own id.
std::vector<policies::HeaderField> headers_of_a_client(const std::string& id) {
  return {{"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
          {"accept", "application/json, text/plain, */*"},
          {"accept-language", "en-GB,en;q=0.9"},
          {"accept-encoding", "gzip, deflate, br"},
          {"authorization", "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkw"},
          {"cookie", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark"},
          {"x-request-id", id},
          {"x-forwarded-for", "10.1.2.3"},
          {"x-forwarded-proto", "http"},
          {"x-b3-sampled", "1"}};
}

std::uint64_t encoded(const Entry& entry, EncodingState& encoding, std::span<std::uint8_t> bytes) {
  const std::size_t most = measure(entry, encoding);
  if (most > bytes.size()) return 0;  // no room: it shows in the counter
  return static_cast<std::uint64_t>(encode(entry, most, encoding, bytes.data()) - bytes.data());
}

void encode_request(benchmark::State& state) {
  EncodingState encoding;
  std::vector<std::uint8_t> bytes(std::size_t{1} << 16);
  std::uint64_t n = 0, written = 0;
  std::string id(36, '0');
  for (auto _ : state) {
    for (std::size_t i = 0; i < 8; ++i) id[28 + i] = static_cast<char>('a' + (++n >> (4 * i) & 15));
    const auto headers = headers_of_a_client(id);
    const policies::RequestHead head{
        .authority = "shop.example", .path = "/api/v1/items?page=2", .headers = headers};
    Entry entry{.event = REQUEST, .at = at_ns(static_cast<std::int64_t>(n))};
    entry.request = &head;
    written += encoded(entry, encoding, bytes);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(written) / static_cast<double>(state.iterations());
}
BENCHMARK(encode_request)->Name("Decisions/EncodeRequest");

void encode_timer(benchmark::State& state) {
  EncodingState encoding;
  std::vector<std::uint8_t> bytes(1024);
  const policies::Command commands[] = {
      policies::Command({.kind = policies::CommandKind::kArm, .subject = 3, .number = 5'000'000}),
      policies::Command({.kind = policies::CommandKind::kStart, .subject = 3, .number = 7})};
  std::uint64_t n = 0, written = 0;
  for (auto _ : state) {
    Entry entry{.event = TIMER, .at = at_ns(static_cast<std::int64_t>(++n))};
    entry.subject = 7;
    entry.commands = commands;
    written += encoded(entry, encoding, bytes);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(written) / static_cast<double>(state.iterations());
}
BENCHMARK(encode_timer)->Name("Decisions/EncodeTimer");

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
