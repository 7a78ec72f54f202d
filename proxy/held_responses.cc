// Responses whose bodies go on by and by, as a filter lets them.
#include "proxy/shell.h"

namespace squall::proxy {

/// A piece that goes on later, or trailers, in memory of their own: the attempt may be over.
void Shell::hold_body(Client& client, const policies::Command& command) {
  if (client.held == nullptr) client.held = std::make_unique<HeldResponse>();
  HeldResponse& held = *client.held;
  const std::uint32_t attempt = command.other();
  const Http2Stream* const stream = stream_of_[attempt];
  if (!command.trailers()) {
    held.body.append(upstreams_[upstream_of_[attempt]].piece);
  } else if (stream != nullptr) {
    held.has_trailers = true;
    TextArena& texts = held.trailers.edits.text;
    for (const auto& [name, value] : stream->trailers.headers)
      held.trailers.headers.push_back({texts.store(name), texts.store(value)});
  }
  if (!command.end()) return;
  client.upstream = kNone;
  client.source = nullptr;
}

void Shell::send_held(Client& client, std::uint64_t bytes, bool end) {
  HeldResponse& held = *client.held;
  const bool trailers = end && held.has_trailers && client.stream != nullptr;
  send_body(client, held.body.view().substr(0, bytes), end && !trailers);
  held.body.consume(bytes);
  if (trailers)
    clients_[client.connection].http2->send_trailers(*client.stream, held.trailers.headers);
  if (end) client.held.reset();
}

}  // namespace squall::proxy
