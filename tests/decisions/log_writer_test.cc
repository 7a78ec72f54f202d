#include "decisions/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "decisions/log_reader.h"
#include "tests/decisions/session.h"

namespace squall::decisions {
namespace {

/// The last message of a file, and how many there are behind the start.
std::pair<Decision, int> last_of(const std::string& path) {
  Result<LogReader> log = LogReader::open(path);
  EXPECT_TRUE(log.has_value());
  Decision last;
  int count = 0;
  for (auto read = log->next(); read && *read != nullptr; read = log->next(), ++count)
    last = **read;
  return {last, count};
}

Entry entry_of(const policies::RequestHead& head) {
  Entry entry{.event = REQUEST};
  entry.request = &head;
  return entry;
}

/// Until nobody writes any more.
void read_all(int pipe) {
  std::vector<char> bytes(std::size_t{1} << 16);
  for (;;) {
    pollfd ready{pipe, POLLIN, 0};
    if (::poll(&ready, 1, 10'000) != 1 || ::read(pipe, bytes.data(), bytes.size()) == 0) return;
  }
}

TEST(LogWriter, WritesWhatIsAddedAndOnlyTheOwnerMayReadIt) {
  const std::string path = log_file();
  {
    const auto log = LogWriter::open(path, {}, {});
    ASSERT_TRUE(log.has_value());
    for (std::uint32_t i = 0; i < 100'000; ++i) (*log)->add({.event = TURN_END, .subject = i});
    EXPECT_EQ((*log)->written(), 100'000U);
    EXPECT_EQ((*log)->ended(), LogEnd::kNone);
  }
  const auto [last, count] = last_of(path);
  EXPECT_EQ(count, 100'001);
  EXPECT_EQ(last.event(), END);  // it was closed
  EXPECT_EQ(last.detail() + last.number(), 0U);
  struct stat about{};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST(LogWriter, EndsWhenTheFileHasAsManyBytesAsItMay) {
  const std::string path = log_file();
  const std::string large(100'000, 'x');
  std::uint64_t lost = 0;
  {
    const auto log = LogWriter::open(path, {}, {.most_bytes = 1'000'000});
    ASSERT_TRUE(log.has_value());
    for (int i = 0; i < 20; ++i)
      (*log)->add(entry_of({.authority = "", .path = large, .headers = {}}));
    EXPECT_EQ((*log)->ended(), LogEnd::kFull);
    EXPECT_EQ((*log)->written(), 9U);
    lost = (*log)->lost();
    EXPECT_EQ(lost, 11U);
  }
  const auto [last, count] = last_of(path);
  EXPECT_EQ(count, 10);
  EXPECT_EQ(last.event(), END);
  EXPECT_EQ(last.detail(), static_cast<std::uint32_t>(LogEnd::kFull));
  EXPECT_EQ(last.number(), lost);
}

/// A pipe that nobody reads is a disk that stands still.
TEST(LogWriter, ADiskThatIsTooSlowEndsTheLogAndHoldsNobodyUp) {
  const std::string path = log_file();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int pipe = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  const std::string large(std::size_t{1} << 20, 'x');
  auto log = LogWriter::open(path, {}, {});
  ASSERT_TRUE(log.has_value());
  for (int i = 0; i < 40; ++i)
    (*log)->add(entry_of({.authority = "", .path = large, .headers = {}}));
  EXPECT_EQ((*log)->ended(), LogEnd::kTooSlow);
  EXPECT_GT((*log)->lost(), 0U);
  EXPECT_EQ((*log)->lost() + (*log)->written(), 40U);
  std::thread reader([&] { read_all(pipe); });
  log->reset();
  reader.join();
  ::close(pipe);
  ::unlink(path.c_str());
}

TEST(LogWriter, AFileThatTakesNoMoreEndsTheLog) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 100'000, .rlim_max = before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string large(1'000'000, 'x');
  auto log = LogWriter::open(log_file(), {}, {.waits = true});
  ASSERT_TRUE(log.has_value());
  for (int i = 0; i < 60; ++i)
    (*log)->add(entry_of({.authority = "", .path = large, .headers = {}}));
  EXPECT_EQ((*log)->ended(), LogEnd::kNotWritable);
  log->reset();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
}

TEST(LogWriter, SaysWhenTheFileCannotBeWritten) {
  const auto opened = LogWriter::open("/nowhere/at/all.log", {}, {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().all().front().what,
            "decision log /nowhere/at/all.log: No such file or directory");
}

TEST(LogWriter, AFileIsOneProcesss) {
  const auto first = LogWriter::open(log_file(), {}, {});
  const auto second = LogWriter::open(log_file(), {}, {});
  ASSERT_TRUE(first.has_value());
  ASSERT_FALSE(second.has_value());
  EXPECT_TRUE(second.error().all().front().what.ends_with("another process writes it"));
}

TEST(LogWriter, SaysWhenTheFileTakesNothing) {
  const auto log = LogWriter::open("/dev/full", {}, {});
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().all().front().what, "decision log /dev/full: No space left on device");
}

}  // namespace
}  // namespace squall::decisions
