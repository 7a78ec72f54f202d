// AccessLog: lines of requests that have ended, gathered and written to a file.
//
// Lines leave when 64 KiB have gathered, or when flush() is called (once a second, and at the end).
// A file that cannot be written to loses lines, never requests; that it happened is counted.
#pragma once
#include <cstdint>
#include <string>

#include "proxy/log_format.h"
#include "proxy/socket.h"

namespace squall::proxy {

/// As Envoy's `filesystem.` statistics count.
struct LogWrites {
  std::uint64_t buffered = 0;               // lines
  std::uint64_t completed = 0, failed = 0;  // writes to the file
  std::uint64_t reopen_failed = 0;

  LogWrites& operator+=(const LogWrites& other);
};

class AccessLog {
 public:
  /// Opens the file to append to it. Errors: the format's, or the file's.
  static Result<AccessLog> open(const config::AccessLog& log);
  /// What open() would say, without a file being made.
  static Result<void> check(const config::AccessLog& log);

  void write(const LoggedRequest& request);
  void flush();
  /// Goes on in the file that has the name now; the old one where there can be none.
  void reopen();
  const LogWrites& writes() const { return writes_; }

 private:
  static constexpr std::size_t kFlushAt = std::size_t{64} * 1024;
  LogFormat format_;
  std::string path_;
  Fd file_;
  std::string lines_;
  LogWrites writes_;
};

}  // namespace squall::proxy
