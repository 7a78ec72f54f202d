#include "proxy/byte_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "policies/base/mix.h"

namespace squall::proxy {
namespace {

TEST(ByteQueue, GivesBackWhatCameInOrder) {
  ByteQueue queue;
  std::string model;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::string piece(mix(1, i) % 200, static_cast<char>('a' + i % 26));
    queue.append(piece);
    model += piece;
    const std::size_t take = mix(2, i) % (model.size() + 1);
    ASSERT_EQ(queue.view().substr(0, take), std::string_view(model).substr(0, take));
    queue.consume(take);
    model.erase(0, take);
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_EQ(queue.empty(), model.empty());
  }
}

}  // namespace
}  // namespace squall::proxy
