#include "config/kubernetes_mentions.h"

#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

std::vector<std::string> mentions(const std::string& container) {
  const auto documents = parse_documents(container, "pod.yaml");
  EXPECT_TRUE(documents);
  std::vector<Mention> out;
  std::vector<Reference> references;
  read_mentions(documents->front(), out, references);
  std::vector<std::string> lines;
  for (const Mention& one : out)
    lines.push_back(one.from + "=" + one.text + "@" + std::to_string(one.place.line));
  return lines;
}

TEST(Mentions, EnvironmentAndArguments) {
  EXPECT_EQ(mentions("env:\n- {name: A_URL, value: \"http://a\"}\n- {name: B, value: 80}\n"
                     "command: [serve]\nargs: [--db, db:5432]\n"),
            (std::vector<std::string>{"env A_URL=http://a@2", "env B=80@3", "command=serve@4",
                                      "args=--db@5", "args=db:5432@5"}));
}

TEST(Mentions, WhatHasNoTextIsLeftOut) {
  EXPECT_TRUE(
      mentions("env:\n- {name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}\n- {value: x}\n"
               "- 7\n- {name: [x], value: {a: b}}\n- {name: E, value: \"\"}\n"
               "args: {a: b}\ncommand: text\n")
          .empty());
  EXPECT_TRUE(mentions("env: [{name: LONG, value: " + std::string(5000, 'x') + "}]").empty());
}

TEST(Mentions, ConfigMapsAndSecretsAreReferredTo) {
  const auto documents = parse_documents(
      "env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]\n"
      "envFrom: [{configMapRef: {name: d}}, {secretRef: {name: s}}]\n",
      "pod.yaml");
  ASSERT_TRUE(documents);
  std::vector<Mention> none;
  std::vector<Reference> out;
  read_mentions(documents->front(), none, out);
  std::vector<std::string> lines;
  for (const Reference& one : out)
    lines.push_back(one.from + "=" + one.kind + "/" + one.name + "/" + one.key);
  EXPECT_EQ(lines, (std::vector<std::string>{"env A=ConfigMap/c/k", "envFrom=ConfigMap/d/",
                                             "envFrom=Secret/s/"}));
}

TEST(Mentions, OfAPodsContainersButTheProxys) {
  const Resources mesh = good_mesh(R"y(
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
  - {name: app, env: [{name: DB, value: db}]}
  - {name: istio-proxy, env: [{name: CA_ADDR, value: istiod}]}
)y");
  ASSERT_EQ(mesh.pods.items()[0].spec.mentions.size(), 1U);
  EXPECT_EQ(mesh.pods.items()[0].spec.mentions[0].text, "db");
}

}  // namespace
}  // namespace squall::config
