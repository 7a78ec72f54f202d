// The library of scenarios that comes with this program, as its files are.
//
// The files are part of the program, so that it needs none beside it.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

struct ShippedFile {
  std::string_view path;  // below scenarios/library: "bookstore/payment-slow.yaml"
  std::string_view text;
};
/// All of them, in order of their paths.
std::span<const ShippedFile> shipped_files();

/// A scenario or a file of tests.
struct Shipped {
  std::string name;  // its path without ".yaml"
  std::string
      summary;  // the first sentence of its first comment; of tests without one, their scenario's
  bool is_test = false;
};
std::vector<Shipped> shipped();
/// One by this name, with the files that it and those name: a test's scenario, manifests, traces.
/// By a folder's name all of it. Empty: there is none.
std::vector<ShippedFile> files_of_shipped(std::string_view name);

}  // namespace squall::scenarios
