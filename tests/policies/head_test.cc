#include "policies/head.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

TEST(Head, GrpcIsAContentTypeOfItsOwnOrWithPlus) {
  const auto grpc = [](std::string_view type) {
    const HeaderField fields[] = {{"content-type", type}};
    RequestHead head;
    head.headers = fields;
    return is_grpc(head);
  };
  EXPECT_TRUE(grpc("application/grpc"));
  EXPECT_TRUE(grpc("application/grpc+proto"));
  EXPECT_FALSE(grpc("application/grpc-web"));
  EXPECT_FALSE(grpc("application/grpc;x=1"));
  EXPECT_FALSE(grpc("text/plain"));
  EXPECT_FALSE(is_grpc(RequestHead{}));
}

}  // namespace
}  // namespace squall::policies
