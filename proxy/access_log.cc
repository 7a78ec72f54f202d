#include "proxy/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace squall::proxy {

namespace {

Fd open_file(const std::string& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

std::unexpected<Diagnostics> cannot_write(const std::string& path, int why) {
  return error(fmt::format("cannot write the access log {}: {}", path, std::strerror(why)),
               "choose a file that can be created or appended to");
}

}  // namespace

LogWrites& LogWrites::operator+=(const LogWrites& other) {
  buffered += other.buffered;
  completed += other.completed;
  failed += other.failed;
  reopen_failed += other.reopen_failed;
  return *this;
}

Result<void> AccessLog::check(const config::AccessLog& log) {
  Result<LogFormat> format = LogFormat::compile(log);
  if (!format) return std::unexpected(std::move(format.error()));
  const Fd file(::open(log.path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC));
  if (file || errno == ENXIO) return {};  // a pipe that nobody reads yet
  if (errno != ENOENT) return cannot_write(log.path, errno);
  const std::size_t slash = log.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : log.path.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return cannot_write(log.path, errno);
  return {};
}

Result<AccessLog> AccessLog::open(const config::AccessLog& log) {
  AccessLog out;
  Result<LogFormat> format = LogFormat::compile(log);
  if (!format) return std::unexpected(std::move(format.error()));
  out.format_ = *std::move(format);
  out.path_ = log.path;
  out.file_ = open_file(log.path);
  if (!out.file_) {
    return cannot_write(log.path, errno);
  }
  out.lines_.reserve(2 * kFlushAt);
  return out;
}

void AccessLog::write(const LoggedRequest& request) {
  format_.append(request, lines_);
  ++writes_.buffered;
  if (lines_.size() >= kFlushAt) flush();
}

void AccessLog::reopen() {
  flush();
  if (Fd file = open_file(path_)) {
    file_ = std::move(file);
  } else {
    ++writes_.reopen_failed;
  }
}

void AccessLog::flush() {
  for (std::size_t done = 0; done < lines_.size();) {
    const ssize_t count = ::write(file_.get(), lines_.data() + done, lines_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ++writes_.failed;
      break;
    }
    ++writes_.completed;
    done += static_cast<std::size_t>(count);
  }
  lines_.clear();
}

}  // namespace squall::proxy
