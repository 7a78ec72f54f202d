#include "config/yaml_fault.h"

#include <gtest/gtest.h>

#include "config/document.h"

namespace squall::config {
namespace {

std::string fault_of(std::string_view text) {
  const auto documents = parse_documents(text, "x.yaml");
  return documents ? "none" : to_string(documents.error().sorted().front());
}

TEST(YamlFault, ATabIsNamedWhereItStands) {
  EXPECT_EQ(fault_of("a:\n \tb: 1\n"),
            "x.yaml:2:2: error: not valid YAML: a tab in the indentation; indent with spaces");
}

TEST(YamlFault, AnOpenBracketIsNamedWhereItBegins) {
  EXPECT_EQ(fault_of("a: [1, 2\n"),
            "x.yaml:1:4: error: not valid YAML: the [ is never closed; add the ]");
  EXPECT_EQ(fault_of("a: {b: 1, c: {d: 2}\n\n# the end\n").substr(0, 58),
            "x.yaml:1:4: error: not valid YAML: the { is never closed; ");
}

TEST(YamlFault, WhatAnOpenBracketSwallowsPointsToIt) {
  EXPECT_EQ(fault_of("a: [1, 2\nb: 3\nc: 4\n"),
            "x.yaml:2:2: error: not valid YAML: this cannot stand in the [ that begins at 1:4; "
            "close it with ], or separate by a comma");
}

TEST(YamlFault, TextsThatWantQuotesAreSaidToWantThem) {
  EXPECT_EQ(fault_of("a: b: c\n"),
            "x.yaml:1:5: error: not valid YAML: a second \": \"; put a text that holds one in "
            "quotes");
  EXPECT_EQ(fault_of("a: [*]\n"),
            "x.yaml:1:5: error: not valid YAML: * begins an alias; put the text in quotes");
  EXPECT_EQ(fault_of("a: @b\n"),
            "x.yaml:1:4: error: not valid YAML: no text can begin with @; put the text in quotes");
  EXPECT_EQ(fault_of("a: *b\n"),
            "x.yaml:1:4: error: not valid YAML: no anchor of that name stands before this alias; "
            "define it with &NAME, or put the text in quotes");
}

TEST(YamlFault, ATemplateIsToldToBeRendered) {
  const auto told = [](const std::string& place) {
    return "x.yaml:" + place +
           ": error: not YAML but a template: {{ }} is filled in by Helm; render it first: helm "
           "template NAME CHART > manifests.yaml";
  };
  EXPECT_EQ(fault_of("kind: Service\nmetadata:\n  name: {{ .Values.name }}\n"), told("3:9"));
  EXPECT_EQ(fault_of("{{- if .Values.on }}\nkind: Service\n{{- end }}\n"), told("1:1"));
  EXPECT_EQ(fault_of("a:\n  b: {{ include \"x\" . }}-svc\n"), told("2:6"));
  EXPECT_EQ(fault_of("a: '{{ .Values.a }}'\n"), "none");
  EXPECT_EQ(fault_of("a: {b: {c: 1}}\n"), "none");
}

TEST(YamlFault, AKeyInTheWrongPlaceSendsToTheIndentation) {
  EXPECT_EQ(fault_of("a: 1\n  b: 2\n"),
            "x.yaml:2:4: error: not valid YAML: no key can stand here; check the indentation, and "
            "that the line above is complete");
}

TEST(YamlFault, OtherComplaintsStayAsTheParserWordsThem) {
  EXPECT_EQ(internal::explain_yaml("a", "something new", 1, 1, {}).what,
            "not valid YAML: something new");
  EXPECT_EQ(internal::explain_yaml("", "illegal map value", 7, 9, {}).line, 7);
}

}  // namespace
}  // namespace squall::config
