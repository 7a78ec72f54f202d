# Flags of every build. Arithmetic is bit-exact across builds: no contraction, no fast math, no x87.
#
# Build types: Debug; Checked (optimised, with the debug build's checks: what the tests run in);
# Release; RelWithDebInfo (sanitizers).
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
option(SQUALL_WERROR "warnings are errors" OFF)
option(SQUALL_LTO "link-time optimisation" OFF)
option(SQUALL_TESTS "build the tests" ON)
option(SQUALL_BENCHES "build the benchmarks" ON)
option(SQUALL_FUZZ "build the fuzz targets (clang)" OFF)
set(SQUALL_ARCH "x86-64-v2" CACHE STRING "-march of the build")
set(SQUALL_SANITIZE "" CACHE STRING "address,undefined or thread; empty: none")
set(SQUALL_OPTIONS "" CACHE STRING "further options of the compiler")
set(SQUALL_BENCH_FOLDER "${CMAKE_BINARY_DIR}/bench" CACHE STRING "where the benchmarks go")

add_compile_options(-march=${SQUALL_ARCH} -ffp-contract=off -fno-math-errno)
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort uses what it deprecates; a literal's truth is how a check says why.
  add_compile_options(-Wno-deprecated-declarations -Wno-string-conversion)
endif()
if(SQUALL_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_options(${SQUALL_OPTIONS})
if(SQUALL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SQUALL_SANITIZE)
  add_compile_options(-fsanitize=${SQUALL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SQUALL_SANITIZE})
endif()
if(SQUALL_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -fno-fat-lto-objects)  # as many jobs as cores
  endif()
endif()
# Pairs of members put together in a vector register cost more than they save: SLP off, 2 % of a run.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG -fno-tree-slp-vectorize")
set(CMAKE_CXX_FLAGS_CHECKED "-O2 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -fno-omit-frame-pointer")
