#include "sim/key_index.h"

#include <gtest/gtest.h>

#include <map>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

TEST(KeyIndex, AgreesWithAMapOnRandomKeys) {
  KeyIndex index;
  std::map<std::uint32_t, std::uint32_t> map;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    const auto key = static_cast<std::uint32_t>(mix(11, i) % 700);
    const auto known = map.find(key);
    ASSERT_EQ(index.find(key), known == map.end() ? kNone : known->second) << i;
    if (known == map.end()) {
      index.put(key, i);
      map[key] = i;
    } else {
      index.remove(key);
      map.erase(known);
    }
  }
  index.clear();
  for (std::uint32_t key = 0; key < 700; ++key) EXPECT_EQ(index.find(key), kNone);
}

TEST(KeyIndex, NoKeyIsAKeyToo) {
  KeyIndex index;
  EXPECT_EQ(index.find(kNone), kNone);
  index.put(kNone, 3);
  EXPECT_EQ(index.find(kNone), 3U);
}

}  // namespace
}  // namespace squall::sim
