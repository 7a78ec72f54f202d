// The memory of a program that simulates lies in pages of 2 MiB, where the system has them.
//
// A run looks at few records of each of many sidecars, all over its memory. With pages of 4 KiB the
// processor spends a good part of a hop on finding where they lie, more so in a virtual machine.
// mimalloc, which these programs link, asks for huge pages when it is told to before the first
// allocation: so before any library is initialised, not in main(). Cost: memory, in whole pages.
#ifdef SQUALL_MIMALLOC
#include <mimalloc.h>

namespace {

void use_huge_pages() { mi_option_enable(mi_option_large_os_pages); }

[[gnu::section(".preinit_array"), gnu::used]] void (*const kBeforeAll)() = use_huge_pages;

}  // namespace
#endif
