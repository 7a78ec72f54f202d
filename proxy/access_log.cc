#include "proxy/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squall::proxy {

Result<AccessLog> AccessLog::open(const config::AccessLog& log) {
  AccessLog out;
  Result<LogFormat> format = LogFormat::compile(log);
  if (!format) return std::unexpected(std::move(format.error()));
  out.format_ = *std::move(format);
  out.file_ = Fd(::open(log.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!out.file_) {
    return error(fmt::format("cannot write the access log {}: {}", log.path, std::strerror(errno)),
                 "choose a file that can be created or appended to");
  }
  out.lines_.reserve(2 * kFlushAt);
  return out;
}

void AccessLog::write(const LoggedRequest& request) {
  format_.append(request, lines_);
  if (lines_.size() >= kFlushAt) flush();
}

void AccessLog::flush() {
  for (std::size_t done = 0; done < lines_.size();) {
    const ssize_t count = ::write(file_.get(), lines_.data() + done, lines_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      lost_ += lines_.size() - done;
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  lines_.clear();
}

}  // namespace squall::proxy
