// AccessLog: lines of requests that have ended, gathered and written to a file.
//
// Lines leave when 64 KiB have gathered, or when flush() is called (once a second, and at the end).
// A file that cannot be written to loses lines, never requests; how many is counted.
#pragma once
#include <cstdint>
#include <string>

#include "proxy/log_format.h"
#include "proxy/socket.h"

namespace squall::proxy {

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
  std::uint64_t lost_bytes() const { return lost_; }

 private:
  static constexpr std::size_t kFlushAt = std::size_t{64} * 1024;
  LogFormat format_;
  std::string path_;
  Fd file_;
  std::string lines_;
  std::uint64_t lost_ = 0;
};

}  // namespace squall::proxy
