#include "sim/rewrite.h"

#include <string>
#include <vector>

namespace squall::sim {

std::uint32_t rewritten_head(HeadTable& heads, const policies::Levels& levels, std::uint32_t head) {
  if (!policies::changes_request(levels)) return head;
  policies::HeaderEdits edits;
  policies::RequestHead edited = heads.view(head);
  policies::edit_request(levels, edited, {.keep_originals = false, .stream = {}}, edits);
  std::vector<policies::HeaderField> fields(edited.headers.begin(), edited.headers.end());
  policies::apply_edits(edits.list, edited.authority, edited.path, fields);
  OwnHead out{.method = std::string(edited.method),
              .scheme = std::string(edited.scheme),
              .authority = std::string(edited.authority),
              .path = std::string(edited.path),
              .headers = {}};
  for (const policies::HeaderField& field : fields)
    out.headers.emplace_back(field.name, field.value);
  return heads.intern(out, heads.is_few(head));
}

}  // namespace squall::sim
