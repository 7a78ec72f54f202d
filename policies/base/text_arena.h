// TextArena: text that views point into, freed all at once and never moved before.
//
// A head's fields are views; what is worked out for them (a rewritten path, a chain of forwarders)
// lies here until the head is done with. After clear() the memory is kept as one block, so an arena
// that is used again and again for texts of one size stops allocating. Not copied: views would
// point into the other one. Cost: a copy of the text.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace squall {

class TextArena {
 public:
  TextArena() = default;
  TextArena(TextArena&&) = default;
  TextArena& operator=(TextArena&&) = default;

  /// A copy that stays where it is until clear(). A text that is not there (null) is not there
  /// then, an empty one is.
  std::string_view store(std::string_view text) {
    if (text.empty()) return text.data() == nullptr ? text : std::string_view("");
    char* const at = room(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  /// As store(), to be changed in place.
  char* room(std::size_t bytes) {
    if (blocks_.empty() || blocks_.back().size - used_ < bytes) add_block(bytes);
    char* const at = blocks_.back().bytes.get() + used_;
    used_ += bytes;
    return at;
  }
  /// All views into it end here.
  void clear() {
    if (blocks_.size() > 1) {
      std::size_t all = 0;
      for (const Block& block : blocks_) all += block.size;
      blocks_.clear();
      if (all <= kKept) add_block(all);
    }
    used_ = 0;
  }

 private:
  static constexpr std::size_t kBlock = 1024, kKept = std::size_t{64} * 1024;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  void add_block(std::size_t bytes) {
    const std::size_t size = std::max(bytes, kBlock);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }

  std::vector<Block> blocks_;
  std::size_t used_ = 0;  // of the last block
};

}  // namespace squall
