// Hints change nothing, whatever is there to be fetched.
#include "policies/worker.h"

#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

void fetch_all(const Worker& worker) {
  for (const std::uint32_t listener : {0U, 1U, kNone}) {
    for (const std::uint32_t head : {0U, 1U, 1'000U, kNone}) {
      for (int step = 0; step < Worker::kFetchSteps; ++step)
        worker.fetch_request(listener, head, step);
    }
  }
}

TEST(Fetch, TakesWhatIsThereAndNothingElse) {
  Shell shell{Plan()};
  fetch_all(shell.worker);  // no head, no cluster, no slot
  shell.request();
  fetch_all(shell.worker);
  shell.connect(0);
  fetch_all(shell.worker);
  shell.respond(0);
  fetch_all(shell.worker);  // its records are retired
  EXPECT_EQ(shell.worker.request(0).outcome.status, 200);
  shell.event([&] { shell.worker.on_turn_end(shell.now); });
  fetch_all(shell.worker);
  EXPECT_EQ(shell.worker.requests().live(), 0U);
  EXPECT_EQ(shell.worker.stale_events(), 0U);
}

}  // namespace
}  // namespace squall::policies
