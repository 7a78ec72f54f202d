// What a decision log begins with, how large one message of it may be, and why one ends early.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace squall::decisions {

/// The number is the format's: another one once the same numbers in it mean something else.
inline constexpr std::string_view kMagic = "squall decisions 5\n";
inline constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // of one message

enum class LogEnd : std::uint8_t {
  kNone,
  kTooSlow,      // it could not be written as fast as decisions were made
  kFull,         // it has as many bytes as it may
  kNotWritable,  // the file took no more
};
inline constexpr std::size_t kLogEnds = static_cast<std::size_t>(LogEnd::kNotWritable) + 1;
/// "it could not be written as fast as decisions were made".
std::string_view to_string(LogEnd why);

}  // namespace squall::decisions
