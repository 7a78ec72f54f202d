// HeadTable: texts of the heads that came before, by the place that a log gave them.
//
// A head is much like the one before it on its connection, so a log writes what changed. A place
// has, by number, the latest text that a head put there. Cost: some 3 ns a text; 64 places of
// 8 KiB, of whose texts only those that are used are touched.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "policies/base/short_text.h"

namespace squall::decisions {

class HeadTable {
 public:
  static constexpr std::uint32_t kPlaces = 64;
  static constexpr std::uint32_t kTexts = 128;  // of a head that has a place

  class Place {
   public:
    /// Whether its text of that number is this one. If it is not, it is from now on.
    bool repeats(std::uint32_t number, std::string_view text) {
      Text& known = texts_[number];
      if (known.size == text.size() && same_bytes(bytes_.data() + known.at, text)) return true;
      keep(known, text);
      return false;
    }

   private:
    static constexpr std::size_t kBytes = 7168, kLongest = 1024, kSpare = 16;
    static constexpr std::uint32_t kUnknown = ~0U;  // longer than any text
    struct Text {
      std::uint16_t at = 0, room = 0;
      std::uint32_t size = kUnknown;
    };

    /// Texts may grow a little where they are. One that does not fit has the place start anew.
    [[gnu::noinline]] void keep(Text& known, std::string_view text) {
      known.size = kUnknown;
      if (text.size() > kLongest) return;
      if (text.size() > known.room) {
        const std::size_t room = (text.size() / kSpare + 1) * kSpare;
        if (used_ + room > kBytes) {
          texts_.fill({});
          used_ = 0;
        }
        known.at = static_cast<std::uint16_t>(used_);
        known.room = static_cast<std::uint16_t>(room);
        used_ += room;
      }
      known.size = static_cast<std::uint32_t>(text.size());
      if (!text.empty()) std::memcpy(bytes_.data() + known.at, text.data(), text.size());
    }

    std::array<Text, kTexts> texts_;
    std::size_t used_ = 0;
    std::array<char, kBytes> bytes_;
  };

  /// Of a number from 1 to kPlaces.
  Place& at(std::uint32_t place) { return places_[place - 1]; }
  /// The place of heads that have so much in common.
  static std::uint32_t place_of(std::uint64_t common) {
    return static_cast<std::uint32_t>((common * 0x9e3779b97f4a7c15U) >> 58) + 1;
  }
  static_assert(kPlaces == 1U << 6);

 private:
  std::array<Place, kPlaces> places_;
};

}  // namespace squall::decisions
