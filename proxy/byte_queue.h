// ByteQueue: bytes that wait, first in, first out, in one piece of memory.
//
// Memory is kept while it is small, so that a connection's steady state does not allocate. Cost:
// amortised a copy of what is appended.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace squall::proxy {

class ByteQueue {
 public:
  bool empty() const { return head_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - head_; }
  /// Valid until the next change.
  std::string_view view() const { return std::string_view(bytes_).substr(head_); }

  void append(std::string_view more) {
    if (head_ > 0 && bytes_.size() + more.size() > bytes_.capacity()) {
      bytes_.erase(0, head_);
      head_ = 0;
    }
    bytes_.append(more);
  }
  void consume(std::size_t count) {
    head_ += count;
    if (empty()) clear();
  }
  void clear() {
    head_ = 0;
    if (bytes_.capacity() > kKept) {
      bytes_ = {};
    } else {
      bytes_.clear();
    }
  }

 private:
  static constexpr std::size_t kKept = std::size_t{64} * 1024;
  std::string bytes_;
  std::size_t head_ = 0;
};

}  // namespace squall::proxy
