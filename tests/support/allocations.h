// Allocations: how many times the program has asked the C library for memory so far.
//
// A test that calls this links a malloc that counts (and so an operator new that counts); others
// keep the plain one. Sanitizers bring their own malloc: there nothing is counted, and the test
// says so and skips. Threads: counts those of all threads.
#pragma once
#include <cstdint>

namespace squall::testing {

/// False under a sanitizer.
bool counts_allocations();
/// Calls of malloc, calloc, realloc, memalign and their kin since the program began.
std::uint64_t allocations();

}  // namespace squall::testing
