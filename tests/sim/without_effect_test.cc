// Settings that change nothing are said to.
#include "sim/without_effect.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::all_of;
using testing::RunText;

std::string warnings(const std::string& mesh, const std::string& app, const std::string& load) {
  return all_of(RunText("spec:\n  duration: 3s\n" + mesh + "  workloads:\n    web: {}\n    app: {" +
                        app +
                        "}\n    db: {}\n"
                        "  load: [{name: load, from: web, to: http://app/, rate: 1/s" +
                        load + "}]\n")
                    .warnings);
}
const std::string kCache = "calls: [{cache: {entries: 10}, miss: [{to: http://db/}]}]";
const std::string kKeys = ", keys: {zipf: {of: 10}}";
const std::string kLinks =
    "  network: {latency: 1ms, zones: [{between: [east, west], bandwidth: 1Gbps}]}\n";

TEST(WithoutEffect, BodiesWhereNoLinkHasABandwidth) {
  EXPECT_EQ(
      warnings("", "", ", body: 1Mi"),
      "s.yaml:10:10: warning: `body` takes no time: no link has a bandwidth; write bandwidth: "
      "1Gbps under network.zones\n");
  EXPECT_NE(warnings("", "calls: [{parallel: [{to: http://db/, body: 1Ki}]}]", "").find("s.yaml:8"),
            std::string::npos);
}

TEST(WithoutEffect, KeysThatNobodyReads) {
  EXPECT_EQ(
      warnings("", "", kKeys),
      "s.yaml:10:10: warning: `keys` change nothing: no cache, no choose by key and no header "
      "reads them; write keys: {header: NAME} for routes and balancers, or a cache\n");
  EXPECT_EQ(warnings("", kCache, kKeys), "");
  EXPECT_EQ(warnings("", "", ", keys: {header: user, zipf: {of: 10}}"), "");
}

TEST(WithoutEffect, WorkersWhoseWorkTakesNoTime) {
  EXPECT_EQ(warnings("", "sidecar: {workers: 1}", ""),
            "s.yaml:8:5: warning: sidecar.workers changes nothing: no request takes them time; "
            "write mesh: {sidecar: {cpu: 500us}}\n");
  EXPECT_EQ(warnings("  mesh: {sidecar: {cpu: 1ms}}\n", "sidecar: {workers: 1}", ""), "");
}

TEST(WithoutEffect, CostsOfSidecarsThatNobodyHas) {
  EXPECT_EQ(warnings("  mesh: {mode: ambient, sidecar: {cpu: 1ms}}\n", "", ""),
            "s.yaml:6:34: warning: mesh.sidecar changes nothing: no pod has a sidecar; leave it "
            "out, or let pods have one\n");
}

}  // namespace
}  // namespace squall::sim
