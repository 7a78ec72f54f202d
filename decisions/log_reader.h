// LogReader: a decision log, decision by decision.
//
// What a log says is not trusted: lengths and texts are checked, and what is wrong is an error with
// the byte at which it stands. A last message that is cut is the end, as of a proxy that was
// killed. Cost: linear; memory: one block, or the longest message.
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "decisions/decision.pb.h"
#include "policies/base/result.h"
#include "policies/base/time.h"

namespace squall::decisions {

class LogReader {
 public:
  /// Reads up to the Start. Errors: no such file, no decision log.
  static Result<LogReader> open(const std::string& path);
  /// Of bytes that are there already; `name` stands in errors.
  static Result<LogReader> of(const std::string& bytes, std::string name);

  const Start& start() const { return start_; }
  /// The next one, valid until the next call; null at the end. Errors: it is broken.
  Result<const Decision*> next();
  /// When it was made.
  Instant at() const { return at_; }
  /// Whether the last message was cut.
  bool cut() const { return cut_; }

 private:
  LogReader() = default;
  Result<void> read_start();
  bool fill(std::size_t bytes);
  Result<bool> read_message(google::protobuf::MessageLite& message);
  Diagnostics fault(const char* what) const;

  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, nullptr};
  std::vector<char> buffer_;
  std::size_t taken_ = 0;     // of what has been read
  std::uint64_t offset_ = 0;  // of that in the file
  bool cut_ = false;
  Instant at_{};
  Start start_;
  Decision decision_;
};

}  // namespace squall::decisions
