#include "config/document.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace squall::config {
namespace {

Node parse(std::string_view text, const std::string& file = "x.yaml") {
  Result<std::vector<Node>> documents = parse_documents(text, file);
  if (!documents) {
    ADD_FAILURE() << to_string(documents.error().sorted().front());
    return {};
  }
  return documents->empty() ? Node{} : std::move(documents->front());
}

std::vector<std::string> errors(std::string_view text, const std::string& file = "x.yaml") {
  const Result<std::vector<Node>> documents = parse_documents(text, file);
  std::vector<std::string> lines;
  if (documents) return lines;
  for (const Diagnostic& d : documents.error().sorted()) lines.push_back(to_string(d));
  return lines;
}

std::string place(const Node* node) {
  if (node == nullptr) return "none";
  return std::to_string(node->place.line) + ':' + std::to_string(node->place.column);
}

TEST(Document, KeepsOrderAndPlaces) {
  const Node root = parse("b: 1\na:\n  - x\n  - {c: [2, 3]}\n");
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].key, "b");
  EXPECT_EQ(root.members[1].place.line, 2);
  const Node* a = root.find("a");
  ASSERT_EQ(a->items.size(), 2U);
  EXPECT_EQ(place(&a->items[0]), "3:5");
  EXPECT_EQ(place(a->items[1].find("c")), "4:9");
  EXPECT_EQ(*root.place.file, "x.yaml");
}

TEST(Document, MissingValueStandsAtItsKey) {
  const Node root = parse("a:\nb: 1\n");
  EXPECT_TRUE(root.find("a")->is_null());
  EXPECT_EQ(place(root.find("a")), "1:1");
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(Document, SeparatesDocumentsAndLeavesOutEmptyOnes) {
  const Result<std::vector<Node>> documents =
      parse_documents("---\n# nothing\n---\na: 1\n---\nb: 2\n---\n", "x");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[1].members[0].key, "b");
  EXPECT_EQ((*documents)[1].place.line, 6);
  EXPECT_TRUE(parse_documents("", "x")->empty());
}

TEST(Document, AliasStandsAtItsOwnPlaceAndItsContentWhereWritten) {
  const Node root = parse("a: &x {k: v}\nb: *x\n");
  EXPECT_EQ(place(root.find("b")), "2:4");
  EXPECT_EQ(root.find("b")->find("k")->text, "v");
  EXPECT_EQ(place(root.find("b")->find("k")), "1:11");
}

TEST(Document, MergesAndTheOwnKeyWins) {
  const Node root = parse(
      "base: &base {x: 1, y: 1}\nmore: &more {y: 2, z: 2}\n"
      "a: {<<: *base, x: 5}\nb: {<<: [*base, *more]}\nc: {\"<<\": 1}\n");
  EXPECT_EQ(root.find("a")->find("x")->text, "5");
  EXPECT_EQ(root.find("a")->find("y")->text, "1");
  EXPECT_EQ(root.find("b")->find("y")->text, "1");
  EXPECT_EQ(root.find("b")->find("z")->text, "2");
  EXPECT_EQ(root.find("b")->find("<<"), nullptr);
  EXPECT_NE(root.find("c")->find("<<"), nullptr);
  EXPECT_EQ(errors("a: {<<: 1}").front(),
            "x.yaml:1:5: error: \"<<\" merges something that is no mapping; give it a mapping or a "
            "list of mappings");
}

TEST(Document, RepeatedKeysNameBothPlaces) {
  EXPECT_EQ(errors("a: 1\nb: 2\na: 3\n").front(),
            "x.yaml:3:1: error: the key \"a\" is repeated; it stands at 1:1 already");
  EXPECT_EQ(errors("{\"a\": 1,\n \"a\": 2}").front(),
            "x.yaml:2:2: error: the key \"a\" is repeated; it stands at 1:2 already");
  EXPECT_EQ(errors("a: {x: 1, x: 2}\nb: {y: 1, y: 2}\n").size(), 2U);
}

TEST(Document, KeysMustBeTexts) {
  EXPECT_EQ(errors("? [a]\n: 1\n").front(),
            "x.yaml:1:3: error: a key must be a text; write a name before the ':'");
  EXPECT_EQ(errors("~: 1\n").size(), 1U);
}

TEST(Document, ScalarsFollowTheCoreSchema) {
  const Node root = parse(
      "[true, False, yes, 'true', 12, -0x1, 0x1F, 0o17, +5, 1.5, .5, 5., 1e3, .inf, -.INF, .nan, "
      "1_0, 007, "
      "9223372036854775807, 9223372036854775808, -9223372036854775808, ~, '', abc, 1.2.3]");
  const std::vector<Node>& v = root.items;
  EXPECT_EQ(v[0].as_bool(), true);
  EXPECT_EQ(v[1].as_bool(), false);
  EXPECT_FALSE(v[2].as_bool());
  EXPECT_FALSE(v[3].as_bool());
  EXPECT_EQ(v[4].as_int(), 12);
  EXPECT_FALSE(v[5].as_int());
  EXPECT_EQ(v[6].as_int(), 31);
  EXPECT_EQ(v[7].as_int(), 15);
  EXPECT_EQ(v[8].as_int(), 5);
  EXPECT_FALSE(v[9].as_int());
  EXPECT_EQ(v[9].as_number(), 1.5);
  EXPECT_EQ(v[10].as_number(), 0.5);
  EXPECT_EQ(v[11].as_number(), 5.0);
  EXPECT_EQ(v[12].as_number(), 1000.0);
  EXPECT_EQ(v[13].as_number(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(v[14].as_number(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(v[15].as_number() && *v[15].as_number() != *v[15].as_number());
  EXPECT_FALSE(v[16].as_number());
  EXPECT_EQ(v[17].as_int(), 7);
  EXPECT_EQ(v[18].as_int(), std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(v[19].as_int());
  EXPECT_EQ(v[19].as_number(), 9223372036854775808.0);
  EXPECT_EQ(v[20].as_int(), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(v[21].is_null());
  EXPECT_TRUE(v[22].is_scalar() && v[22].quoted);
  EXPECT_FALSE(v[23].as_number());
  EXPECT_FALSE(v[24].as_number());
}

TEST(Document, TagsAndBlocksMakeTexts) {
  const Node root = parse("a: !!str 5\nb: |\n  7\nc: !!int \"5\"\nd: !custom 5\n");
  EXPECT_FALSE(root.find("a")->as_int());
  EXPECT_EQ(root.find("b")->text, "7\n");
  EXPECT_FALSE(root.find("b")->as_int());
  EXPECT_EQ(root.find("c")->as_int(), 5);
  EXPECT_EQ(root.find("d")->as_int(), 5);
}

TEST(Document, JsonHasSurrogatePairsLongKeysAndPlaces) {
  const std::string key(5000, 'k');
  const Node root = parse("{\n  \"" + key +
                          "\": \"\\ud83d\\ude00\\u00e9\\n\",\n  \"n\": [1, -2.5e3, null, true]}");
  EXPECT_EQ(root.find(key)->text, "\xf0\x9f\x98\x80\xc3\xa9\n");
  const Node* n = root.find("n");
  EXPECT_EQ(place(n), "3:8");
  EXPECT_EQ(n->items[1].as_number(), -2500.0);
  EXPECT_TRUE(n->items[2].is_null());
  EXPECT_EQ(n->items[3].as_bool(), true);
  EXPECT_EQ(place(&n->items[3]), "3:26");
  EXPECT_EQ(
      errors("[\"\\ud83d\"]").front(),
      "x.yaml:1:3: error: half of a surrogate pair; write both halves, such as \\ud83d\\ude00");
}

TEST(Document, WhatLooksLikeJsonMayBeYaml) {
  const Node root = parse("{a: b, c: [d, e,]} # flow\n");
  EXPECT_EQ(root.find("c")->items.size(), 2U);
  EXPECT_EQ(parse("{\"a\":1}\n---\n{\"b\":2}\n").members[0].key, "a");
  EXPECT_EQ(errors("{\"a\": 1 \"b\": 2}", "x.json").front(),
            "x.json:1:9: error: not valid JSON: expected ',' or '}'");
  EXPECT_EQ(errors("[1, 2", "x.json").front(),
            "x.json:1:6: error: not valid JSON: expected ',' or ']'");
  EXPECT_EQ(errors("[1, 2,]", "x.json").front(),
            "x.json:1:7: error: not valid JSON: expected a JSON value");
  EXPECT_EQ(errors("a: 1", "x.json").front(),
            "x.json:1:1: error: not valid JSON: expected { or [; give a YAML file a name that ends "
            "in .yaml");
}

TEST(Document, SyntaxErrorsHaveAPlace) {
  EXPECT_EQ(errors("a: [1, 2\nb: 3\n").size(), 1U);
  EXPECT_TRUE(errors("a: b: c\n").front().starts_with("x.yaml:1:5: error: not valid YAML: "));
  EXPECT_TRUE(errors("a: \"\\q\"\n")
                  .front()
                  .ends_with("; in double quotes a backslash is written twice; in single quotes it "
                             "stands for itself"));
  EXPECT_TRUE(errors("a: *nobody\n").front().starts_with("x.yaml:1:4: error: not valid YAML: "));
}

TEST(Document, WhatFollowsADocumentNeedsASeparator) {
  for (const std::string_view text :
       {"[],x", "[] x", "{a: 1}\n{b: 2}\n", ",", "--- ,", "[]\n,\n"}) {
    ASSERT_EQ(errors(text).size(), 1U) << text;
    EXPECT_TRUE(
        errors(text).front().ends_with("not valid YAML: this follows the end of the document; "
                                       "separate documents by a line with ---"))
        << errors(text).front();
  }
  EXPECT_EQ(parse_documents("a: 1\n...\nb: 2\n", "x")->size(), 2U);
  EXPECT_EQ(parse_documents("%YAML 1.2\n---\na: 1\n...\n# c\n%YAML 1.2\n---\nb: 2\n", "x")->size(),
            2U);
  EXPECT_EQ(parse_documents("a: 1\r\n---\r\nb: 2\r\n--- {c: 3}\r\n", "x")->size(), 3U);
}

TEST(Document, RefusesWhatIsNoText) {
  EXPECT_EQ(errors("a: 1\nb: \xff\n").front(),
            "x.yaml:2:4: error: the text is not UTF-8; save it as UTF-8");
  EXPECT_EQ(errors("a\x04").front(),
            "x.yaml:1:2: error: a control character; remove it, or write it as an escape in double "
            "quotes");
  EXPECT_EQ(errors(std::string_view("\xff\xfe"
                                    "a\0",
                                    4))
                .size(),
            1U);
  EXPECT_EQ(parse("\xef\xbb\xbf"
                  "a: 1")
                .members[0]
                .key,
            "a");
}

TEST(Document, DepthIsLimited) {
  const auto nested = [](std::size_t n, char open, char close) {
    return std::string(n, open) + std::string(n, close);
  };
  EXPECT_TRUE(errors(nested(100, '[', ']')).empty());
  EXPECT_EQ(errors(nested(101, '[', ']')).front(),
            "x.yaml:1:101: error: nested more than 100 deep");
  EXPECT_EQ(errors(nested(100'000, '[', ']')).size(), 1U);
  EXPECT_EQ(errors("a: " + nested(200'000, '[', ']')).front(),
            "x.yaml:1:103: error: nested more than 100 deep");
  std::string block;
  for (std::size_t i = 0; i < 300; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(errors(block).front(), "x.yaml:101:101: error: nested more than 100 deep");
  std::string dashes;
  for (std::size_t i = 0; i < 20'000; ++i) dashes += "- ";
  EXPECT_EQ(errors(dashes).size(), 1U);
  // Shallow aliases that are deep when expanded.
  std::string chain = "a0: &a0 [1]\n";
  for (int i = 1; i <= 120; ++i) {
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  }
  EXPECT_EQ(errors(chain).size(), 1U);
}

TEST(Document, AliasBombsAreStopped) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i <= 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  ASSERT_EQ(errors(bomb).size(), 1U);
  EXPECT_TRUE(errors(bomb).front().find("more than 1000000 values") != std::string::npos);
  std::string long_text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i) long_text += "*a,";
  EXPECT_TRUE(errors(long_text + "]").front().find("more than 64 MiB of text") !=
              std::string::npos);
  EXPECT_EQ(errors("a: &a [*a]").front(),
            "x.yaml:1:8: error: an alias stands inside what it repeats; repeat something that ends "
            "before it");
}

TEST(Document, SizeIsLimitedBeforeParsing) {
  EXPECT_EQ(errors(std::string((64U << 20) + 1, 'x')).front(),
            "x.yaml: error: larger than 64 MiB; split it");
}

TEST(Document, LoadsFilesAndNamesThoseThatAreMissing) {
  namespace fs = std::filesystem;
  const fs::path root =
      fs::temp_directory_path() / ("squall_document_test_" + std::to_string(getpid()));
  fs::create_directories(root / "b");
  for (const char* name : {"z.yaml", "b/a.yml", "b/c.json", "note.txt"})
    std::ofstream(root / name) << "{\"a\": 1}";
  const Result<std::vector<std::string>> files = files_of(root.string());
  ASSERT_TRUE(files);
  EXPECT_EQ(*files,
            (std::vector<std::string>{root / "b/a.yml", root / "b/c.json", root / "z.yaml"}));
  EXPECT_EQ(files_of((root / "note.txt").string())->size(), 1U);
  EXPECT_EQ(*files_of("-"), std::vector<std::string>{"-"});
  const Result<std::vector<Node>> loaded = load_documents((*files)[1]);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->front().find("a")->as_int(), 1);
  EXPECT_EQ(to_string(files_of("no/such").error().sorted().front()),
            "no/such: error: there is no such file or folder");
  EXPECT_EQ(to_string(load_documents("no/such").error().sorted().front()),
            "no/such: error: cannot be read: No such file or directory");
  EXPECT_FALSE(load_documents(root.string()));
  fs::create_directories(root / "empty");
  EXPECT_FALSE(files_of((root / "empty").string()));
  fs::remove_all(root);
}

}  // namespace
}  // namespace squall::config
