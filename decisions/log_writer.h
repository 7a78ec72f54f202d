// LogWriter: decisions on their way to a file, bounded.
//
// Entries are encoded into a buffer; a thread of its own writes full buffers, so that a slow disk
// holds nobody up. What follows a lost decision cannot be replayed, so a log that cannot keep up,
// is full or cannot be written ends there, and says why in its last message. Cost of an entry:
// entry.h; memory: at most two buffers of kBufferBytes.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "decisions/entry.h"
#include "decisions/log_format.h"
#include "policies/base/result.h"

namespace squall::decisions {

class LogWriter {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{16} << 20;
  struct Options {
    std::uint64_t most_bytes = std::uint64_t{1} << 30;  // of the file
    bool waits = false;  // for the file, where that is not a proxy's clients waiting
  };

  /// Creates the file, or empties it; only its owner may read it. Errors: it cannot be.
  static Result<std::unique_ptr<LogWriter>> open(const std::string& path, const Start& start,
                                                 const Options& options);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  /// Writes what waits, and how it ended.
  ~LogWriter();

  void add(const Entry& entry);
  /// Has what waits written before long.
  void flush();
  /// Waits until all that came is in the file, or is lost.
  void catch_up();
  std::uint64_t written() const { return written_; }
  std::uint64_t lost() const { return lost_; }
  /// kNone while it goes on.
  LogEnd ended() const { return ended_; }

 private:
  struct Buffer {
    std::unique_ptr<std::uint8_t[]> bytes =
        std::make_unique_for_overwrite<std::uint8_t[]>(kBufferBytes);
    std::size_t size = 0;
  };
  LogWriter(int file, const Options& options);
  void put(const Entry& entry, std::size_t most);
  void hand_over(bool wait);
  void write_buffers();

  const Options options_;
  int file_;
  Buffer filling_;
  EncodingState state_;
  std::uint64_t bytes_ = 0, written_ = 0, lost_ = 0;
  LogEnd ended_ = LogEnd::kNone;

  std::mutex mutex_;
  std::condition_variable changed_;
  Buffer writing_;                  // the thread's while busy_
  std::atomic<bool> busy_ = false;  // written under mutex_
  bool stopping_ = false;           // under mutex_
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

}  // namespace squall::decisions
