#include "decisions/entry.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::decisions {
namespace {

using policies::Command;
using policies::CommandKind;
using policies::HealthFlag;
using policies::HealthFlags;

/// As another program would read it.
Decision read(const Entry& entry, EncodingState& state) {
  std::vector<std::uint8_t> bytes(measure(entry, state));
  const std::uint8_t* const end = encode(entry, bytes.size(), state, bytes.data());
  const auto size = static_cast<std::size_t>(end - bytes.data());
  EXPECT_LE(size, bytes.size());
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(size));
  Decision decision;
  EXPECT_TRUE(
      google::protobuf::util::ParseDelimitedFromZeroCopyStream(&decision, &stream, nullptr));
  EXPECT_EQ(stream.ByteCount(), static_cast<std::int64_t>(size));
  return decision;
}

Decision read(const Entry& entry) {
  const auto state = std::make_unique<EncodingState>();
  return read(entry, *state);
}

using Runs = std::vector<std::uint32_t>;
Runs runs_of(const Head& head) { return {head.runs().begin(), head.runs().end()}; }

TEST(Entry, AllThatItSaysCanBeReadBack) {
  const Command commands[] = {
      Command({.kind = CommandKind::kOpen, .end = true, .subject = 7, .number = 1ULL << 63})};
  Entry entry{.event = STREAM_RESET, .machine = 3, .at = at_ns(-5)};
  entry.subject = kNone;
  entry.generation = 2;
  entry.detail = 9;
  entry.number = ~std::uint64_t{0};
  entry.end = true;
  entry.commands = commands;
  const Decision decision = read(entry);
  EXPECT_EQ(decision.event(), STREAM_RESET);
  EXPECT_EQ(decision.machine(), 3U);
  EXPECT_EQ(decision.later_ns(), -5);
  EXPECT_EQ(decision.subject(), kNone);
  EXPECT_EQ(decision.generation(), 2U);
  EXPECT_EQ(decision.detail(), 9U);
  EXPECT_EQ(decision.number(), ~std::uint64_t{0});
  EXPECT_TRUE(decision.end());
  ASSERT_EQ(decision.commands_size(), 3);
  const std::uint64_t words[] = {decision.commands(0), decision.commands(1), decision.commands(2)};
  const Command back = command_of(words, at_ns(-5));
  EXPECT_EQ(back.word(), commands[0].word());
  EXPECT_EQ(back.number(), 1ULL << 63);
  EXPECT_FALSE(decision.has_head());
}

TEST(Entry, ARequestsHeadIsTextsOneBehindTheOther) {
  const std::vector<policies::HeaderField> headers{{"x-a", "1"}, {"x-empty", ""}};
  const policies::RequestHead head{.method = "POST",
                                   .scheme = "https",
                                   .authority = "shop",
                                   .path = "/cart?n=1",
                                   .headers = headers,
                                   .age = Duration(17),
                                   .peer = "10.0.0.9",
                                   .local = "10.0.0.1",
                                   .peer_port = 4000,
                                   .local_port = 80,
                                   .http2 = true,
                                   .internal = true,
                                   .known_as = 6};
  Entry entry{.event = REQUEST};
  entry.request = &head;
  const Head read_back = read(entry).head();
  EXPECT_EQ(read_back.text(), "POSThttpsshop10.0.0.1/cart?n=110.0.0.9x-a1x-empty");
  EXPECT_EQ(runs_of(read_back), (Runs{0, 4, 0, 5, 0, 4, 0, 8, 0, 9, 0, 8, 0, 3, 0, 1, 0, 7, 0, 0}));
  EXPECT_EQ(read_back.age_ns(), 17);
  EXPECT_EQ(read_back.peer_port(), 4000U);
  EXPECT_EQ(read_back.local_port(), 80U);
  EXPECT_TRUE(read_back.http2());
  EXPECT_TRUE(read_back.internal());
  EXPECT_EQ(read_back.known_as(), 6U);
}

TEST(Entry, AResponsesHeadIsItsHeaders) {
  const std::vector<policies::HeaderField> headers{{"retry-after", "120"}};
  const policies::ResponseHead head{.status = 503, .headers = headers, .closes_connection = true};
  Entry entry{.event = RESPONSE};
  entry.response = &head;
  const Head read_back = read(entry).head();
  EXPECT_EQ(read_back.text(), "retry-after120");
  EXPECT_EQ(read_back.status(), 503U);
  EXPECT_TRUE(read_back.closes_connection());
}

TEST(Entry, HostsAreTheirFlagsAndTheirPasses) {
  HealthFlags ejected;
  ejected.set(HealthFlag::kFailedOutlierCheck);
  const std::vector<HealthFlags> flags{HealthFlags(), ejected};
  const std::vector<Instant> passes{at_ns(1), policies::PublishedHosts::kNeverPassed};
  const policies::PublishedHosts hosts{.flags = flags, .last_pass = passes, .at = at_ns(9)};
  Entry entry{.event = HOST_HEALTH};
  entry.hosts = &hosts;
  const Decision decision = read(entry);
  ASSERT_EQ(decision.health_size(), 2);
  EXPECT_EQ(HealthFlags::of(static_cast<std::uint16_t>(decision.health(1))), ejected);
  EXPECT_EQ(at_ns(decision.passes(1)), policies::PublishedHosts::kNeverPassed);
}

TEST(Entry, MembersAreThoseThatAreNotAbsent) {
  const std::vector<bool> absent{false, true, false};
  Entry entry{.event = HOSTS};
  entry.absent = &absent;
  const Decision decision = read(entry);
  EXPECT_EQ(std::vector<std::uint32_t>(decision.health().begin(), decision.health().end()),
            (std::vector<std::uint32_t>{0, 1, 0}));
}

TEST(Entry, ATimerIsSoMuchLaterThanNow) {
  for (const std::int64_t deadline : {-7, 0, 100, 2'000'000'000}) {
    const Command commands[] = {Command(
        {.kind = CommandKind::kArm, .subject = 1, .number = static_cast<std::uint64_t>(deadline)})};
    Entry entry{.event = TIMER, .at = at_ns(100)};
    entry.commands = commands;
    const Decision decision = read(entry);
    const std::uint64_t words[] = {decision.commands(0), decision.commands(1),
                                   decision.commands(2)};
    EXPECT_EQ(to_ns(command_of(words, at_ns(100)).deadline()), deadline);
  }
}

/// What a request's head is behind others of its client's.
class HeadsOfAClient {
 public:
  Head next(std::string_view path, policies::Headers headers) {
    const policies::RequestHead head{
        .authority = "shop", .path = path, .headers = headers, .connection = 9};
    Entry entry{.event = REQUEST};
    entry.request = &head;
    return read(entry, *state_).head();
  }

 private:
  std::unique_ptr<EncodingState> state_ = std::make_unique<EncodingState>();
};

TEST(Entry, AHeadSaysWhatItDoesNotRepeat) {
  HeadsOfAClient client;
  std::vector<policies::HeaderField> headers{
      {"user-agent", "curl"}, {"x-id", "1"}, {"x-b", std::string_view()}};
  client.next("/", headers);
  Head head = client.next("/", headers);
  EXPECT_EQ(head.text(), "");
  EXPECT_EQ(runs_of(head), Runs{12});
  headers[1].value = "22";
  head = client.next("/cart", headers);
  EXPECT_EQ(head.text(), "/cart22");
  EXPECT_EQ(runs_of(head), (Runs{4, 5, 4, 2, 2}));
  headers[2].value = "last";
  head = client.next("/cart", headers);
  EXPECT_EQ(runs_of(head), (Runs{11, 4}));
}

/// A place that is full starts anew, so some heads are written once more.
TEST(Entry, ATextThatGrowsIsRepeatedToo) {
  HeadsOfAClient client;
  std::string path = "/";
  int whole = 0;
  for (int i = 0; i < 1000; ++i, path += 'x') {
    client.next(path, {});
    whole += runs_of(client.next(path, {})) == Runs{6} ? 1 : 0;
  }
  EXPECT_GE(whole, 990);
}

/// More than a place has room for, or longer than it takes: they are written each time.
TEST(Entry, HeadsThatAreTooLargeArePartlyRepeated) {
  HeadsOfAClient client;
  const std::string large(5000, 'x'), half(1000, 'y');
  const std::vector<policies::HeaderField> one{{"cookie", large}};
  client.next("/", one);
  EXPECT_EQ(runs_of(client.next("/", one)), (Runs{7, 5000}));
  const std::string longest(65535, 'z');
  const std::vector<policies::HeaderField> two{{"a", "1"}, {"b", longest}};
  EXPECT_EQ(runs_of(client.next("/", two)).back(), longest.size());
  EXPECT_EQ(runs_of(client.next("/", two)).back(), longest.size());
  const std::vector<policies::HeaderField> many(10, {"x", half});
  client.next("/", many);
  const Head again = client.next("/", many);
  EXPECT_LT(again.text().size(), 10'100U);
  EXPECT_GT(again.text().size(), 1'000U);
}

TEST(Entry, AHeadOfManyTextsHasRoom) {
  const std::string large(200'000, 'x');
  const std::vector<policies::HeaderField> headers(3000, {"x", large.substr(0, 100)});
  const policies::RequestHead head{.authority = "", .path = large, .headers = headers};
  Entry entry{.event = REQUEST};
  entry.request = &head;
  const Head read_back = read(entry).head();
  EXPECT_EQ(read_back.place(), 0U);
  EXPECT_EQ(read_back.runs_size(), 2 * (6 + 2 * 3000));
}

}  // namespace
}  // namespace squall::decisions
