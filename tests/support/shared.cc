#include "tests/support/shared.h"

#include <cstdlib>

namespace squall::testing {

std::optional<std::filesystem::path> shared_folder() {
  const char* named = std::getenv("SQUALL_SHARED");
  std::filesystem::path folder = named != nullptr ? named : "../shared";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  return folder;
}

std::optional<std::filesystem::path> shared_path(std::string_view relative) {
  const auto folder = shared_folder();
  std::error_code error;
  if (!folder || !std::filesystem::exists(*folder / relative, error)) return std::nullopt;
  return *folder / relative;
}

}  // namespace squall::testing
