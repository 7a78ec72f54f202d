#include "tests/support/allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace squall::testing {
namespace {
std::atomic<std::uint64_t> g_allocations{0};
}  // namespace

std::uint64_t allocations() { return g_allocations.load(std::memory_order_relaxed); }

// The second and third are TSan: what links Protobuf is built without the second.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || _GLIBCXX_TSAN
bool counts_allocations() { return false; }
}  // namespace squall::testing
#else
bool counts_allocations() { return true; }

namespace {
void count() { g_allocations.fetch_add(1, std::memory_order_relaxed); }
}  // namespace
}  // namespace squall::testing

// glibc's own, under the names that stay when malloc is replaced.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  squall::testing::count();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  squall::testing::count();
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  squall::testing::count();
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  squall::testing::count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}
#endif
