#include "decisions/log_reader.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "decisions/log_format.h"

namespace squall::decisions {
namespace {
constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kMostLengthBytes = 5;
}  // namespace

Result<LogReader> LogReader::open(const std::string& path) {
  LogReader reader;
  reader.name_ = path;
  reader.file_ = {std::fopen(path.c_str(), "re"), &std::fclose};
  if (!reader.file_) return error(fmt::format("{}: {}", path, std::strerror(errno)));
  if (auto read = reader.read_start(); !read) return std::unexpected(std::move(read.error()));
  return reader;
}

Result<LogReader> LogReader::of(const std::string& bytes, std::string name) {
  LogReader reader;
  reader.name_ = std::move(name);
  reader.buffer_.assign(bytes.begin(), bytes.end());
  if (auto read = reader.read_start(); !read) return std::unexpected(std::move(read.error()));
  return reader;
}

Diagnostics LogReader::fault(const char* what) const {
  return error(fmt::format("{}: the message at byte {} {}", name_, offset_ + taken_, what),
               "it is not as squall wrote it")
      .error();
}

/// Whether so many bytes from `taken_` on are there.
bool LogReader::fill(std::size_t bytes) {
  if (buffer_.size() - taken_ >= bytes) return true;
  if (!file_) return false;
  offset_ += taken_;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  while (buffer_.size() < bytes) {  // a length that is not true asks for no more than there is
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kBlock);
    const std::size_t read = std::fread(buffer_.data() + before, 1, kBlock, file_.get());
    buffer_.resize(before + read);
    if (read == 0) return false;
  }
  return true;
}

Result<void> LogReader::read_start() {
  const bool has_line = fill(kMagic.size());
  const std::string_view line(buffer_.data(), has_line ? kMagic.size() : 0);
  if (line != kMagic && line.starts_with(kMagic.substr(0, kMagic.find_last_of(' ') + 1))) {
    return error(fmt::format("{}: a decision log in the format of another version", name_),
                 "replay it with the version that wrote it, or write a new one");
  }
  if (line != kMagic) {
    return error(fmt::format("{}: not a decision log", name_),
                 "squall-proxy and squall run write one with --decision-log FILE");
  }
  taken_ = kMagic.size();
  // What the library would say of a text that is none stands in our own error.
  const google::protobuf::LogSilencer silence;
  const Result<bool> read = read_message(start_);
  if (!read) return std::unexpected(read.error());
  if (!*read) return error(fmt::format("{}: cut before its first decision", name_));
  return {};
}

/// False at the end.
Result<bool> LogReader::read_message(google::protobuf::MessageLite& message) {
  std::size_t size = 0, used = 0;
  for (bool more = true; more; ++used) {
    if (used == kMostLengthBytes) return std::unexpected(fault("has no length"));
    if (!fill(used + 1)) {
      cut_ = used > 0;
      return false;
    }
    const auto byte = static_cast<unsigned char>(buffer_[taken_ + used]);
    size |= std::size_t{byte & 0x7fU} << (7 * used);
    more = (byte & 0x80) != 0;
  }
  if (size > kMostBytes) return std::unexpected(fault("is too long"));
  if (!fill(used + size)) {
    cut_ = true;
    return false;
  }
  if (!message.ParseFromArray(buffer_.data() + taken_ + used, static_cast<int>(size)))
    return std::unexpected(fault("is broken"));
  taken_ += used + size;
  return true;
}

Result<const Decision*> LogReader::next() {
  const Result<bool> read = read_message(decision_);
  if (!read) return std::unexpected(read.error());
  if (!*read) return nullptr;
  const auto later = static_cast<std::uint64_t>(decision_.later_ns());
  at_ = at_ns(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ns(at_)) + later));
  return &decision_;
}

}  // namespace squall::decisions
