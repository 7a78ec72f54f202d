// Kinds of Kubernetes and Istio objects: which are read, which exist, and what a wrong one was
// meant to be. A group ("apps") is what stands before the slash of apiVersion, empty for "v1".
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::config {

/// One that is read.
struct KnownKind {
  std::string_view kind;
  std::string_view group;
  std::array<std::string_view, 3> versions;  // the newest first
};

/// "networking.istio.io" of "networking.istio.io/v1"; empty for "v1".
std::string_view group_of(std::string_view api_version);
/// "networking.istio.io/v1".
std::string api_version_of(const KnownKind& kind);
/// Null when it is not read.
const KnownKind* known_kind(std::string_view kind, std::string_view group);
/// All kinds of a group; none when nothing of it is read, and nobody can know what it has.
std::vector<std::string_view> kinds_of(std::string_view group);
/// Advice for an object of a kind that its group, which has `kinds`, does not have.
std::string meant_kind(const std::string& kind, std::span<const std::string_view> kinds);
/// The kind that is read, when the group is a slip of its own; null otherwise: others have a
/// Service, too.
const KnownKind* of_mistyped_group(const std::string& kind, std::string_view group);

}  // namespace squall::config
