#include "proxy/admin.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "proxy/http1_write.h"

namespace squall::proxy {

Result<void> Admin::open(const SocketName& name, Poller& poller) {
  Result<Fd> socket = listen_on(name);
  if (!socket) return std::unexpected(std::move(socket.error()));
  listener_ = *std::move(socket);
  spare_ = spare_of(listener_);
  address_ = name_of(listener_);
  poller.watch(listener_, {.source = Source::kAdminListener});
  return {};
}

void Admin::accept(Poller& poller) {
  SocketName peer;
  Fd socket = accept_from(listener_, peer);
  if (!socket) {
    if (!out_of_descriptors(errno)) return;
    if (!close_most_silent()) return turn_away(listener_, spare_);
    socket = accept_from(listener_, peer);
    if (!socket) return;
  }
  if (connections_.live() >= kMostConnections) close_most_silent();
  Connection& connection = connections_.take();
  connection.socket = std::move(socket);
  connection.heard = ++events_;
  poller.watch_connection(
      connection.socket,
      {.source = Source::kAdmin, .index = connection.index, .generation = connection.generation});
}

/// False: there is no connection.
bool Admin::close_most_silent() {
  Connection* silent = nullptr;
  for (std::uint32_t i = 0; i < connections_.capacity(); ++i) {
    Connection& one = connections_[i];
    if (one.socket && (silent == nullptr || one.heard < silent->heard)) silent = &one;
  }
  if (silent != nullptr) close(*silent);
  return silent != nullptr;
}

void Admin::on_ready(const Ready& ready, Poller& poller, const ProxyState& state) {
  if (ready.token.source == Source::kAdminListener) return accept(poller);
  if (ready.token.index >= connections_.capacity()) return;
  Connection& connection = connections_[ready.token.index];
  if (!ready.token.is_for(connection.generation) || !connection.socket) return;
  if (ready.readable) read(connection, state);
  if (connection.socket && connection.answered) flush(connection);
}

/// What follows the request is read over, so that the client gets its answer.
void Admin::read(Connection& connection, const ProxyState& state) {
  char bytes[4096];
  connection.heard = ++events_;
  while (connection.received < kMostBytes) {
    const ssize_t count = receive_bytes(connection.socket, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return close(connection);
    connection.received += static_cast<std::size_t>(count);
    if (connection.answered) continue;
    connection.in.append({bytes, static_cast<std::size_t>(count)});
    HeadError error{};
    const std::size_t head = connection.scanner.find_end(connection.in.view(), error);
    if (head == 0 && error == HeadError::kNone) continue;
    answer(connection, head, error, state);
    flush(connection);
    if (!connection.socket) return;
  }
  close(connection);
}

namespace {

AdminPage refusal_page(HeadError error) {
  AdminPage page;
  page.status = refusal_of(error).status;
  if (error == HeadError::kTooLarge) {
    page.body = fmt::format("the head of a request has {} bytes at most\n", kMostHeadBytes);
  } else if (error == HeadError::kTooManyFields) {
    page.body = fmt::format("a request has {} fields at most\n", kMostFields);
  } else {
    page.body = fmt::format("{}\n", reason_of(page.status));
  }
  return page;
}

}  // namespace

void Admin::answer(Connection& connection, std::size_t head, HeadError error,
                   const ProxyState& state) {
  policies::KeptRequest request;
  AdminPage page;
  if (error == HeadError::kNone) {
    char* const text = request.text.room(head);
    connection.in.view().copy(text, head);
    Framing framing;
    error = read_request_head({text, head}, request, framing);
    if (error == HeadError::kNone && request.authority.empty()) error = HeadError::kSyntax;
  }
  if (error == HeadError::kNone) {
    page = admin_page(request.method, request.path, state);
  } else {
    page = refusal_page(error);
  }
  const std::string length = std::to_string(page.body.size());
  const policies::HeaderField headers[] = {{"content-type", page.type},
                                           {"content-length", length},
                                           {"cache-control", "no-cache, max-age=0"},
                                           {"connection", "close"}};
  write_response_head(page.status, headers, connection.out);
  connection.out.append(page.body);
  connection.answered = true;
}

void Admin::flush(Connection& connection) {
  while (!connection.out.empty()) {
    const std::string_view bytes = connection.out.view();
    const ssize_t count = send_bytes(connection.socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return close(connection);
    connection.out.consume(static_cast<std::size_t>(count));
  }
  ::shutdown(connection.socket.get(), SHUT_WR);  // the client closes, or has closed
}

void Admin::close(Connection& connection) {
  connection.socket.close();
  connections_.give_back(connection);
}

}  // namespace squall::proxy
