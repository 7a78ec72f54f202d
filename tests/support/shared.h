// Shared: where the folder of reference data is that tests compare with.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

namespace squall::testing {

/// SQUALL_SHARED, or ../shared beside the repository; nothing when there is none.
std::optional<std::filesystem::path> shared_folder();
/// A file or folder in it; nothing when it is not there. A test then says so: GTEST_SKIP() <<
/// kNoShared.
std::optional<std::filesystem::path> shared_path(std::string_view relative);
inline constexpr std::string_view kNoShared = "no shared folder (SQUALL_SHARED or ../shared)";

}  // namespace squall::testing
