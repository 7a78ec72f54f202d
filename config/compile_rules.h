// RuleIndex: VirtualServices and DestinationRules made ready for lookup.
//
// VirtualServices in order of age with hosts resolved and delegates merged in; DestinationRules
// merged within a namespace as istiod merges them. Not here: which of them a certain client sees.
// Source: istio/istio pilot/pkg/model/{virtualservice,destination_rule,push_context}.go.
// Cost: lookup of a rule is a hash probe and, for wildcards, linear in their number.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"

namespace squall::config {

/// Rules of one host that ended up as one.
struct MergedRule {
  std::shared_ptr<const DestinationRule> rule;
  std::set<std::string> export_to;
};

class RuleIndex {
 public:
  RuleIndex() = default;
  RuleIndex(const Resources& resources, const MeshConfig& config);

  /// In order of age.
  const std::vector<VirtualService>& virtual_services() const { return virtual_services_; }
  /// The rule that a client in `ns` with `labels` applies to a service; null: none.
  /// `outbound`: rules with a workloadSelector count.
  const DestinationRule* rule(const std::string& host, const std::string& service_ns,
                              const std::string& ns, const Labels& labels, bool outbound) const;

 private:
  using List = std::vector<MergedRule>;
  struct Level {
    std::map<std::string, List, std::less<>> exact;
    std::map<std::string, List, std::less<>> wildcard;
    const List* most_specific(std::string_view host) const;
    void merge(const DestinationRule& rule, const std::set<std::string>& export_to);
  };
  void add_rules(const Resources& resources, const MeshConfig& config);
  const List* visible(const std::string& owner, const std::string& host, const std::string& ns,
                      List& kept) const;

  std::vector<VirtualService> virtual_services_;
  std::map<std::string, Level> local_;     // by namespace: all of its own
  std::map<std::string, Level> exported_;  // by namespace: what others may see
  Level root_local_;
  std::string root_;
};

/// VirtualServices with hosts resolved, delegates taken in, sorted by age.
std::vector<VirtualService> resolve_virtual_services(const Resources& resources,
                                                     const MeshConfig& config);

}  // namespace squall::config
