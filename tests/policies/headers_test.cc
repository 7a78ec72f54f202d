#include "policies/headers.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace squall::policies {
namespace {

using Mutation = HeaderMutation;
constexpr auto kAppend = Mutation::Action::kAppendIfExistsOrAdd;
constexpr auto kIfAbsent = Mutation::Action::kAddIfAbsent;
constexpr auto kOverwrite = Mutation::Action::kOverwriteIfExistsOrAdd;
constexpr auto kIfExists = Mutation::Action::kOverwriteIfExists;

/// What is left of a head when its changes are gone.
struct Edited {
  std::string authority, path;
  std::vector<std::pair<std::string, std::string>> headers;
};

Edited edited(const HeaderEdits& edits, RequestHead head) {
  std::vector<HeaderField> fields(head.headers.begin(), head.headers.end());
  apply_edits(edits.list, head.authority, head.path, fields);
  Edited result{std::string(head.authority), std::string(head.path), {}};
  for (const auto& [name, value] : fields) result.headers.emplace_back(name, value);
  return result;
}

/// A route with its levels, and what goes upstream for a request.
struct Fixture {
  RouteTable table;
  VirtualHost host;
  Route route;
  WeightedCluster entry;
  EditOptions options;

  Fixture() { route.action = Forward{}; }
  Forward& forward() { return std::get<Forward>(route.action); }
  Levels levels() const { return {table, host, route, &entry}; }

  Edited upstream(std::vector<HeaderField> fields, std::string_view path = "/",
                  std::string_view authority = "orig.test") const {
    RequestHead head;
    head.authority = authority;
    head.path = path;
    head.headers = fields;
    HeaderEdits edits;
    edit_request(levels(), head, options, edits);
    EXPECT_EQ(changes_request(levels()) || edits.list.empty(), true);
    return edited(edits, head);
  }
};

/// Fields of one name joined by commas; "-" when there is none.
std::string joined(const Edited& head, std::string_view name) {
  std::string text;
  bool found = false;
  for (const auto& [field, value] : head.headers) {
    if (field != name) continue;
    text += (found ? "," : "") + value;
    found = true;
  }
  return found ? text : "-";
}

Fixture mutations() {
  Fixture f;
  f.table.headers.request_add = {{"x-level", "table", kOverwrite}, {"x-app", "table", kAppend}};
  f.host.headers.request_add = {{"x-level", "vhost", kOverwrite}, {"x-app", "vhost", kAppend}};
  f.host.headers.request_remove = {"x-gone"};
  f.route.headers.request_remove = {"x-old"};
  f.route.headers.request_add = {
      {"x-level", "route", kOverwrite},      {"x-app", "route", kAppend},
      {"x-absent", "added", kIfAbsent},      {"x-over", "new", kIfExists},
      {"x-notover", "new", kIfExists},       {"x-copy", "%REQ(x-from)%", kAppend},
      {"x-lost", "%REQ(x-old)%", kAppend},   {"x-early", "%REQ(x-over)%", kAppend},
      {"x-blank", "%REQ(x-none)%", kAppend}, {"x-keep", "", kAppend, true}};
  return f;
}

TEST(Headers, MutationsFollowALiveEnvoy) {
  const Fixture f = mutations();
  const Edited head = f.upstream({{"x-old", "was"},
                                  {"x-from", "was"},
                                  {"x-gone", "g"},
                                  {"x-absent", "mine"},
                                  {"x-over", "mine"},
                                  {"x-app", "own"}});
  const std::map<std::string_view, std::string_view> kExpected = {
      {"x-level", "table"}, {"x-app", "own,route,vhost,table"},
      {"x-absent", "mine"}, {"x-over", "new"},
      {"x-notover", "-"},   {"x-old", "-"},
      {"x-gone", "-"},      {"x-copy", "was"},
      {"x-lost", "-"},      {"x-early", "mine"},
      {"x-blank", "-"},     {"x-keep", ""}};
  for (const auto& [name, value] : kExpected) EXPECT_EQ(joined(head, name), value) << name;
  const Edited bare = f.upstream({});
  EXPECT_EQ(joined(bare, "x-absent"), "added");
  EXPECT_EQ(joined(bare, "x-over"), "-");
  EXPECT_EQ(joined(bare, "x-copy"), "-");
}

TEST(Headers, MostSpecificWinsButTheEntryStillComesFirst) {
  Fixture f = mutations();
  f.entry.headers.request_add = {{"x-app", "entry", kAppend}, {"x-level", "entry", kOverwrite}};
  Edited head = f.upstream({});
  EXPECT_EQ(joined(head, "x-app"), "entry,route,vhost,table");
  EXPECT_EQ(joined(head, "x-level"), "table");
  f.table.most_specific_mutations_win = true;
  head = f.upstream({});
  EXPECT_EQ(joined(head, "x-app"), "entry,table,vhost,route");
  EXPECT_EQ(joined(head, "x-level"), "route");
}

TEST(Headers, AValueSeesEarlierLevelsButNotItsOwn) {
  Fixture f;
  f.route.headers.request_add = {{"x-a", "1", kAppend}, {"x-b", "%REQ(x-a)%", kAppend}};
  f.host.headers.request_add = {{"x-c", "%REQ(x-a)%", kAppend}};
  const Edited head = f.upstream({});
  EXPECT_EQ(joined(head, "x-b"), "-");
  EXPECT_EQ(joined(head, "x-c"), "1");
}

TEST(Headers, ResponsesHaveTheSameLevels) {
  Fixture f;
  f.table.headers.response_add = {{"x-rlevel", "table", kOverwrite}};
  f.host.headers.response_add = {{"x-rlevel", "vhost", kOverwrite}};
  f.route.headers.response_add = {{"x-rlevel", "route", kOverwrite},
                                  {"x-from", "%REQ(x-user)%/%RESP(x-secret?x-up)%", kAppend}};
  f.route.headers.response_remove = {"x-secret"};
  EXPECT_TRUE(changes_response(f.levels()));
  EXPECT_FALSE(changes_request(f.levels()));
  const HeaderField asked[] = {{"x-user", "me"}};
  const HeaderField answered[] = {{"x-secret", "s"}, {"x-rlevel", "up"}, {"x-up", "u"}};
  RequestHead request;
  request.headers = asked;
  ResponseHead response;
  response.headers = answered;
  HeaderEdits edits;
  edit_response(f.levels(), request, 0, response, {}, edits);
  RequestHead before;
  before.headers = answered;
  const Edited head = edited(edits, before);
  EXPECT_EQ(joined(head, "x-rlevel"), "table");
  EXPECT_EQ(joined(head, "x-secret"), "-");
  EXPECT_EQ(joined(head, "x-from"), "me/u");
}

TEST(Headers, ARouteWithoutChangesEditsNothing) {
  const Fixture f;
  EXPECT_FALSE(changes_request(f.levels()));
  EXPECT_FALSE(changes_response(f.levels()));
  const Edited head = f.upstream({}, "/plain");
  EXPECT_EQ(head.path, "/plain");
  EXPECT_EQ(head.authority, "orig.test");
  EXPECT_TRUE(head.headers.empty());
}

PathMatch path(PathMatch::Kind kind, std::string value) {
  PathMatch match;
  match.kind = kind;
  match.value = std::move(value);
  if (kind == PathMatch::Kind::kRegex) match.regex = *compile_regex(match.value);
  return match;
}

TEST(Rewrite, PrefixReplacesWhatMatched) {
  using Kind = PathMatch::Kind;
  const struct {
    PathMatch match;
    std::string_view prefix, from, to;
  } kRows[] = {
      {path(Kind::kPrefix, "/pre/"), "/", "/pre/x?q=1", "/x?q=1"},
      {path(Kind::kPrefix, "/noslash"), "/", "/noslash/x", "//x"},
      {path(Kind::kSeparatedPrefix, "/sep"), "/new", "/sep/x", "/new/x"},
      {path(Kind::kExact, "/exact"), "/other", "/exact?z", "/other?z"},
      {path(Kind::kRegex, "/rx/.*"), "/whole", "/rx/a/b?y=2", "/whole?y=2"},
  };
  for (const auto& row : kRows) {
    Fixture f;
    f.route.match.path = row.match;
    f.forward().path_rewrite.prefix = row.prefix;
    EXPECT_TRUE(changes_request(f.levels()));
    const Edited head = f.upstream({}, row.from);
    EXPECT_EQ(head.path, row.to);
    EXPECT_EQ(joined(head, "x-envoy-original-path"), row.from);
    EXPECT_EQ(joined(head, "x-envoy-original-host"), "-");
    f.options.keep_originals = false;
    EXPECT_EQ(joined(f.upstream({}, row.from), "x-envoy-original-path"), "-");
  }
}

TEST(Rewrite, RegexReplacesEverywhereButInTheQuery) {
  Fixture f;
  f.forward().path_rewrite.regex = RegexRewrite{*compile_regex("/([a-z])([0-9])"), "/\\2\\1"};
  EXPECT_EQ(f.upstream({}, "/sub/a1/b2/cc?k=/d4").path, "/sub/1a/2b/cc?k=/d4");
}

TEST(Rewrite, HostIsLiteralOrAHeadersOrFromThePath) {
  Fixture f;
  f.forward().host_rewrite.header = "x-host";
  EXPECT_EQ(f.upstream({{"x-host", "hdr.test"}}).authority, "hdr.test");
  EXPECT_EQ(f.upstream({}).authority, "orig.test");
  f.forward().host_rewrite.literal = "lit.test";
  const Edited literal = f.upstream({{"x-host", "hdr.test"}});
  EXPECT_EQ(literal.authority, "lit.test");
  EXPECT_EQ(joined(literal, "x-envoy-original-host"), "orig.test");
  f.forward().host_rewrite = {};
  f.forward().host_rewrite.path_regex =
      RegexRewrite{*compile_regex("/hostpath/([^/]+).*"), "\\1.test"};
  const Edited from_path = f.upstream({}, "/hostpath/me/x?h=1");
  EXPECT_EQ(from_path.authority, "me.test");
  EXPECT_EQ(from_path.path, "/hostpath/me/x?h=1");
}

TEST(Rewrite, AFormatMakesHostAndPathOfWhatCameBefore) {
  Fixture f;
  f.forward().host_rewrite.format = "h-%REQ(x-a)%.test";
  f.forward().path_rewrite.format = "/%REQ(:authority)%/%REQ(x-new)%";
  f.route.headers.request_add.push_back({.name = "x-new", .value = "n%REQ(:path)%"});
  const Edited made = f.upstream({{"x-a", "one"}}, "/old?q=1");
  EXPECT_EQ(made.authority, "h-one.test");
  EXPECT_EQ(made.path, "/h-one.test/n/old?q=1?q=1");
  EXPECT_EQ(joined(made, "x-envoy-original-path"), "/old?q=1");
  EXPECT_EQ(joined(made, "x-envoy-original-host"), "orig.test");
  EXPECT_EQ(f.upstream({}).authority, "h--.test");
}

TEST(Rewrite, AFormatThatSaysNothingChangesNothing) {
  Fixture f;
  f.forward().host_rewrite.format = f.forward().path_rewrite.format = "%REQ(x-a)%";
  const Edited empty = f.upstream({{"x-a", ""}}, "/old?q=1");
  EXPECT_EQ(empty.authority, "orig.test");
  EXPECT_EQ(empty.path, "/old?q=1");
  const Edited missing = f.upstream({}, "/old?q=1");
  EXPECT_EQ(missing.authority, "-");
  EXPECT_EQ(missing.path, "/old?q=1");
  EXPECT_EQ(joined(missing, "x-envoy-original-path"), "-");
}

TEST(Rewrite, AnEntrysHostGivesWayToTheRoutes) {
  Fixture f;
  f.entry.host_rewrite = "entry.test";
  EXPECT_TRUE(changes_request(f.levels()));
  EXPECT_EQ(f.upstream({}).authority, "entry.test");
  f.forward().host_rewrite.literal = "lit.test";
  EXPECT_EQ(f.upstream({}).authority, "lit.test");
}

TEST(Rewrite, AutomaticHostKeepsTheOriginal) {
  RequestHead head;
  head.authority = "orig.test";
  HeaderEdits edits;
  rewrite_host("host-a.test", false, head, {}, edits);
  const Edited owned = edited(edits, head);
  EXPECT_EQ(owned.authority, "host-a.test");
  EXPECT_EQ(joined(owned, "x-envoy-original-host"), "orig.test");
}

}  // namespace
}  // namespace squall::policies
