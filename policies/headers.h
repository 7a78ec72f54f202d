// Header changes of a route: how do the heads of a request and of its response differ from what
// came in?
//
// Added and removed headers by level (weighted cluster, route, virtual host, table; the table last
// unless the most specific wins), then the host, then the path is rewritten. The result is a list
// of edits in order, conditions decided; shells apply it to the head that they own. Source: Envoy's
// HeaderParser and RouteEntryImplBase::finalizeRequestHeaders as a live 1.40 behaves
// (docs/policies.md, "Header changes"). Cost: nothing for a route that changes nothing; no
// allocation but for regular expressions.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/header_format.h"
#include "policies/route_config.h"

namespace squall::policies {

/// Where a request was routed to.
struct Levels {
  const RouteTable& table;
  const VirtualHost& host;
  const Route& route;
  const WeightedCluster* entry = nullptr;  // of a forward to one of several clusters, or to one
};

struct EditOptions {
  bool keep_originals = true;  // x-envoy-original-path and -host; not with suppress_envoy_headers
  StreamFacts stream;
};

bool changes_request(const Levels& levels);
/// Whether it rewrites path or host, but to the picked host's own name.
bool rewrites(const Forward& forward);
bool changes_response(const Levels& levels);

/// Appends the changes to a request that is forwarded. `head` outlives `edits`.
void edit_request(const Levels& levels, const RequestHead& head, const EditOptions& options,
                  HeaderEdits& edits);
/// The same for one level of a request that is the proxy's own; values see nothing of its head.
void edit_request(const HeaderMutations& level, const RequestHead& head, const StreamFacts& stream,
                  HeaderEdits& edits);
/// Appends a filter's additions, to a request or to an answer of its own to one.
void add_headers(const std::vector<HeaderMutation>& add, const RequestHead& head,
                 const StreamFacts& stream, HeaderEdits& edits);
void add_headers(const std::vector<HeaderMutation>& add, const RequestHead& request,
                 const ResponseHead& head, const StreamFacts& stream, HeaderEdits& edits);
/// Appends the changes to a response, the worker's own included. `edits` begins with as many of
/// edit_request's as `of_request` says, which its values may refer to.
void edit_response(const Levels& levels, const RequestHead& request, std::size_t of_request,
                   const ResponseHead& head, const EditOptions& options, HeaderEdits& edits);

/// Appends a change of the host to `name`, as automatic host rewrite makes for each attempt;
/// `forwarded`: x-forwarded-host gets the old one.
void rewrite_host(std::string_view name, bool forwarded, const RequestHead& head,
                  const EditOptions& options, HeaderEdits& edits);

/// `path` with its query; none when neither `prefix` nor `regex` rewrites it. `match` is the
/// route's.
std::optional<std::string> rewrite_path(std::string_view prefix, const RegexRewrite* regex,
                                        const PathMatch& match, std::string_view path);

/// Carries the changes out; the fields then point into the edits.
void apply_edits(std::span<const HeaderEdit> edits, std::string_view& authority,
                 std::string_view& path, std::vector<HeaderField>& headers);

}  // namespace squall::policies
