#include "decisions/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace squall::decisions {
namespace {

constexpr std::size_t kEnough = std::size_t{64} << 10;  // to be worth a write

/// False: the file takes no more.
bool write_all(int file, const std::uint8_t* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

/// Gives this thread a table of files of its own, with that one in it: while threads share one,
/// each call of the kernel takes and gives back a reference. False: it has none, as on an old
/// kernel.
bool leave_files_of_process(int file) {
  constexpr int kBehindErrors = STDERR_FILENO + 1;
  if (::close_range(static_cast<unsigned>(file) + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0) return false;
  if (file > kBehindErrors) ::close_range(kBehindErrors, static_cast<unsigned>(file) - 1, 0);
  return true;
}

bool is_plain(int file) {
  struct stat about{};
  return ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

std::string head_of(const Start& start) {
  std::uint8_t length[5];
  const std::uint8_t* const end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(
      static_cast<std::uint32_t>(start.ByteSizeLong()), length);
  std::string text(kMagic);
  text.append(reinterpret_cast<const char*>(length), static_cast<std::size_t>(end - length));
  start.AppendToString(&text);
  return text;
}

}  // namespace

std::string_view to_string(LogEnd why) {
  switch (why) {
    case LogEnd::kNone:
      break;
    case LogEnd::kTooSlow:
      return "it could not be written as fast as decisions were made";
    case LogEnd::kFull:
      return "it has as many bytes as it may";
    case LogEnd::kNotWritable:
      return "the file took no more";
  }
  return "it goes on";
}

Result<std::unique_ptr<LogWriter>> LogWriter::open(const std::string& path, const Start& start,
                                                   const Options& options) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const bool plain = file >= 0 && is_plain(file);
  if (plain && ::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return error(fmt::format("decision log {}: another process writes it", path),
                 "each needs a file of its own");
  }
  // A file that was there may have been anybody's to read.
  if (file < 0 || (plain && (::fchmod(file, 0600) != 0 || ::ftruncate(file, 0) != 0))) {
    return error(fmt::format("decision log {}: {}", path, std::strerror(errno)),
                 "name a file that can be written");
  }
  std::unique_ptr<LogWriter> writer(new LogWriter(file, options));
  const std::string head = head_of(start);
  writer->bytes_ = head.size();
  if (!write_all(file, reinterpret_cast<const std::uint8_t*>(head.data()), head.size()))
    return error(fmt::format("decision log {}: {}", path, std::strerror(errno)));
  return writer;
}

LogWriter::LogWriter(int file, const Options& options)
    : options_(options), file_(file), thread_([this] { write_buffers(); }) {}

LogWriter::~LogWriter() {
  catch_up();
  const Entry end{.event = END, .detail = static_cast<std::uint32_t>(ended_), .number = lost_};
  put(end, measure(end, state_));
  hand_over(true);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(file_);
}

void LogWriter::add(const Entry& entry) {
  std::size_t most = 0;
  if (ended_ == LogEnd::kNone) [[likely]] {
    most = measure(entry, state_);
    if (filling_.size + most > kBufferBytes && options_.waits) hand_over(true);
    if (failed_) {
      ended_ = LogEnd::kNotWritable;
    } else if (bytes_ + most > options_.most_bytes) {
      ended_ = LogEnd::kFull;
    } else if (filling_.size + most > kBufferBytes) {
      ended_ = LogEnd::kTooSlow;
    }
  }
  if (ended_ != LogEnd::kNone) [[unlikely]] {
    ++lost_;
    return;
  }
  put(entry, most);
  ++written_;
  if (filling_.size >= kEnough && !busy_) hand_over(false);
}

void LogWriter::put(const Entry& entry, std::size_t most) {
  std::uint8_t* const from = filling_.bytes.get() + filling_.size;
  const auto size = static_cast<std::size_t>(encode(entry, most, state_, from) - from);
  filling_.size += size;
  bytes_ += size;
}

void LogWriter::flush() {
  if (!busy_) hand_over(false);
}

void LogWriter::catch_up() {
  hand_over(true);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_; });
  if (failed_ && ended_ == LogEnd::kNone) ended_ = LogEnd::kNotWritable;
}

/// Gives what waits to the thread; if it is busy, only when it may `wait` for it.
void LogWriter::hand_over(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [&] { return !busy_; });
  if (busy_ || filling_.size == 0) return;
  std::swap(filling_, writing_);
  filling_.size = 0;
  busy_ = true;
  changed_.notify_all();
}

void LogWriter::write_buffers() {
  const bool alone = leave_files_of_process(file_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return busy_ || stopping_; });
    if (!busy_) break;
    lock.unlock();
    if (!failed_ && !write_all(file_, writing_.bytes.get(), writing_.size)) failed_ = true;
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
  if (alone) ::close(file_);  // with it ends the lock, before anybody is told that this is over
}

}  // namespace squall::decisions
