// Texts of a few bytes, compared and sampled without a call: most are shorter than a call takes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace squall {

template <class Word>
std::uint64_t load_bytes(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// All bytes of a text of at most eight, which with its size make it out.
[[gnu::always_inline]] inline std::uint64_t short_word(std::string_view text) {
  const char* const at = text.data();
  const std::size_t size = text.size();
  if (size >= 4)
    return load_bytes<std::uint32_t>(at) | load_bytes<std::uint32_t>(at + size - 4) << 32;
  if (size == 0) return 0;
  return load_bytes<std::uint8_t>(at) | load_bytes<std::uint8_t>(at + size / 2) << 8 |
         load_bytes<std::uint8_t>(at + size - 1) << 16;
}

/// Whether as many bytes from `a` on are those of `b`.
[[gnu::always_inline]] inline bool same_bytes(const char* a, std::string_view b) {
  const char* const at = b.data();
  const std::size_t size = b.size();
  if (size <= 8) return short_word({a, size}) == short_word(b);
  std::size_t i = 0;
  for (; i + 16 < size; i += 16) {
    if (((load_bytes<std::uint64_t>(a + i) ^ load_bytes<std::uint64_t>(at + i)) |
         (load_bytes<std::uint64_t>(a + i + 8) ^ load_bytes<std::uint64_t>(at + i + 8))) != 0)
      return false;
  }
  if (i + 8 < size && load_bytes<std::uint64_t>(a + i) != load_bytes<std::uint64_t>(at + i))
    return false;
  return load_bytes<std::uint64_t>(a + size - 8) == load_bytes<std::uint64_t>(at + size - 8);
}

/// Some of its bytes, the last ones among them.
inline std::uint64_t sample_bytes(std::string_view text) {
  if (text.size() < 8) return short_word(text);
  const char* const last = text.data() + text.size() - 8;
  return load_bytes<std::uint64_t>(last) +
         3 * load_bytes<std::uint64_t>(text.data() + (text.size() - 8) / 2);
}

}  // namespace squall
