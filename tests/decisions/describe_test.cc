#include "decisions/describe.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "decisions/entry.h"

namespace squall::decisions {
namespace {

using policies::Command;
using policies::CommandKind;
using policies::TimerKind;

std::string of(Event event, std::uint32_t detail = 0) {
  Decision decision;
  decision.set_event(event);
  decision.set_subject(4);
  decision.set_detail(detail);
  return describe(decision);
}

TEST(Describe, AnEventAndItsSubject) {
  EXPECT_EQ(of(RESPONSE), "response of attempt 4");
  EXPECT_EQ(of(REQUEST_BODY), "request body of request 4");
  EXPECT_EQ(of(CONNECT_FAILED), "connect failed of connection 4");
  EXPECT_EQ(of(HOST_HEALTH), "host health of cluster 4");
  EXPECT_EQ(of(TURN_END), "turn end");
  EXPECT_EQ(of(TIMER, static_cast<std::uint32_t>(TimerKind::kPerTry)),
            "per-try timeout of attempt 4");
  EXPECT_EQ(of(static_cast<Event>(31)), "event 31");
}

TEST(Describe, ACommandWithItsNumbers) {
  const auto text = [](const policies::CommandParts& parts) { return describe(Command(parts)); };
  EXPECT_EQ(text({.kind = CommandKind::kStart, .end = true, .subject = 3, .number = 8}),
            "start attempt 3 on connection 8, end");
  EXPECT_EQ(text({.kind = CommandKind::kSendBody, .detail = 1, .subject = 3, .number = 10}),
            "send the kept body of attempt 3, 10 bytes");
  EXPECT_EQ(text({.kind = CommandKind::kArm,
                  .detail = static_cast<std::uint8_t>(TimerKind::kBackoff),
                  .subject = 2,
                  .number = 1'250'000'000}),
            "arm the back-off of request 2 until 1.250000000 s");
  EXPECT_EQ(text({.kind = CommandKind::kSetHealth, .end = true, .subject = 2}),
            "set the health of host 2 and drain it");
}

TEST(Describe, EveryKindHasWordsOfItsOwn) {
  std::set<std::string> texts;
  for (std::uint8_t kind = 0; kind < policies::kCommandKinds; ++kind)
    texts.insert(describe(Command({.kind = static_cast<CommandKind>(kind), .subject = 1})));
  EXPECT_EQ(texts.size(), policies::kCommandKinds);
  std::set<std::string> timers;
  for (std::uint32_t kind = 0; kind < policies::kTimerKinds; ++kind) timers.insert(of(TIMER, kind));
  EXPECT_EQ(timers.size(), policies::kTimerKinds);
}

}  // namespace
}  // namespace squall::decisions
