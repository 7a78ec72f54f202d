#include "scenarios/draft_gateways.h"

#include "tests/config/mesh_text.h"

namespace squall::scenarios {
namespace {

constexpr const char* kSite = R"y(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
    - {port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ['*']}
    - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['shop/*.example.com']}
)y";

/// "gateway URL", and how many Services that leads to.
std::vector<std::string> loads(const std::string& hosts, const std::string& rules,
                               const std::string& gateway = "infra/edge") {
  const config::Resources mesh =
      config::good_mesh(kSite + ("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                                 "metadata: {name: web, namespace: shop}\nspec:\n  hosts: " +
                                 hosts + "\n  gateways: [" + gateway + "]\n  http:\n" + rules));
  std::vector<std::string> out;
  for (const GatewayLoad& one : gateway_loads(mesh))
    out.push_back(one.gateway->meta.name + " " + one.url + " " +
                  std::to_string(one.leads_to.size()));
  return out;
}
using Lines = std::vector<std::string>;

constexpr const char* kAll = "    - route: [{destination: {host: web}}]\n";

TEST(DraftGateways, AHostThatBothHave) {
  EXPECT_EQ(loads("[shop.example.com]", kAll), Lines{"edge http://shop.example.com/ 1"});
  EXPECT_EQ(loads("['*']", kAll), Lines{"edge http://www.example.com/ 1"});
  EXPECT_EQ(loads("[shop.example.org]", kAll), Lines{});
}

TEST(DraftGateways, APathThatARuleTakes) {
  const std::string some =
      "    - match: [{uri: {prefix: /api}}]\n      route: [{destination: {host: web}}]\n";
  EXPECT_EQ(loads("[a.example.com]", some), Lines{"edge http://a.example.com/api 1"});
  EXPECT_EQ(loads("[a.example.com]", some + kAll), Lines{"edge http://a.example.com/ 1"});
}

TEST(DraftGateways, NoneThatIsNotThereOrOfTheMesh) {
  EXPECT_EQ(loads("[a.example.com]", kAll, "edge"), Lines{});  // of its own namespace
  EXPECT_EQ(loads("[web]", kAll, "mesh"), Lines{});
}

}  // namespace
}  // namespace squall::scenarios
