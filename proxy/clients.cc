// The clients' side of the shell: connections accepted, requests taken off them, output sent.
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "policies/base/mix.h"
#include "proxy/http1_write.h"
#include "proxy/shell.h"
#include "proxy/stream_id.h"

namespace squall::proxy {

namespace {

constexpr int kMostAccepts = 64;                                  // a turn
constexpr std::size_t kMostPipelined = std::size_t{64} * 1024;    // besides a head
constexpr std::size_t kMostFramesOut = std::size_t{1024} * 1024;  // before reading pauses

/// What the worker knows a client's connection by.
std::uint64_t number_of(const Client& connection) {
  return (std::uint64_t{connection.generation} << 32 | connection.index) + 1;
}

std::size_t most_head_bytes(const config::ListenerShell& listener) {
  return std::size_t{listener.max_request_headers_kb} * 1024;
}

}  // namespace

void Shell::accept_clients(std::uint32_t index) {
  Door& door = doors_[index];
  for (int i = 0; i < kMostAccepts; ++i) {
    SocketName peer;
    Fd socket = accept_from(door.socket, peer);
    if (!socket) {
      if (out_of_descriptors(errno)) turn_away(door.socket, spare_);
      return;
    }
    if (rejects_connection()) continue;
    if (configuration_.epoch.listeners[index].tcp) {
      begin_tcp(std::move(socket), index, peer);
    } else {
      begin_client(std::move(socket), index, peer);
    }
  }
}

void Shell::begin_client(Fd socket, std::uint32_t index, const SocketName& peer) {
  Client& client = clients_.take();
  client.socket = std::move(socket);
  client.listener = index;
  client.ends = ends_of(client.socket, peer);
  const auto codec = bootstrap_.listeners[index].codec;
  if (codec == config::ListenerCodec::kHttp1) client.codec = Client::Codec::kHttp1;
  if (codec == config::ListenerCodec::kHttp2) start_http2(client);
  client.downstream.on_open(configuration_, index, client.index, now_, client_commands_,
                            {.log = decisions_.get()});
  if (reduction_ > 0) client.downstream.on_reduced_timeouts(reduction_, now_, client_commands_);
  carry_out_clients();
  doors_[index].stats.on_connection();
  poller_.watch_connection(
      client.socket,
      {.source = Source::kClient, .index = client.index, .generation = client.generation});
}

void Shell::on_client(const Ready& ready) {
  if (ready.token.index >= clients_.capacity()) return;
  Client& client = clients_[ready.token.index];
  if (!ready.token.is_for(client.generation) || !client.socket) return;
  if (ready.writable && client.blocked) {
    client.blocked = false;
    flush(client);
  }
  const bool open = client.socket && ready.token.is_for(client.generation);
  if (ready.readable && open) read_client(client);
}

/// Its request's bytes have nowhere to go for the moment.
bool Shell::input_paused(const Client& client) const {
  if (client.http2) return client.out.size() > kMostFramesOut;
  const std::size_t head = most_head_bytes(bootstrap_.listeners[client.listener]);
  if (client.in.size() >= kMostPipelined + head) return true;
  if (client.state != Client::State::kBody) return false;
  if (client.keeping) return client.kept.size() > client.keep_limit;
  if (!client.at_worker) return false;
  const std::uint64_t limit = configuration_.epoch.listeners[client.listener].buffer_limit_bytes;
  const policies::Request& request = worker_.request(client.request.index);
  for (std::uint32_t i = request.newest_attempt; i != kNone;
       i = worker_.attempt(i).next_of_request) {
    if (backlog_of(i) > limit) return true;
  }
  return false;
}

void Shell::read_client(Client& client) {
  const Id<Client> id = Slab<Client>::id_of(client);
  client.input_waits = true;
  for (int reads = 0; !input_paused(client); ++reads) {
    if (reads == kMostReads) return wake(client);
    const ssize_t count = receive_bytes(client.socket, scratch_.get(), kScratch);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      client.input_waits = false;
      return;
    }
    if (count <= 0) return client_gone(client);
    take_client_bytes(client, {scratch_.get(), static_cast<std::size_t>(count)});
    if (clients_.find(id) == nullptr || !client.socket) return;
  }
}

/// What was read before comes first; what cannot be taken yet waits.
void Shell::take_client_bytes(Client& client, std::string_view fresh) {
  if (client.codec == Client::Codec::kUnknown && !choose_codec(client, fresh)) return;
  if (client.http2) return take_frames(client, fresh);
  if (client.in.empty()) {
    const std::size_t taken = take_some(client, fresh);
    client.in.append(fresh.substr(taken));
    return;
  }
  client.in.append(fresh);
  client.in.consume(take_some(client, client.in.view()));
}

std::size_t Shell::take_some(Client& client, std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    std::size_t count = 0;
    switch (client.state) {
      case Client::State::kHead:
        count = client.end == Client::End::kNone ? take_head(client, rest) : rest.size();
        break;
      case Client::State::kBody:
        count = client.end == Client::End::kNone ? take_body(client, rest) : rest.size();
        break;
      case Client::State::kWaiting:
        break;
      case Client::State::kLingering:
        count = rest.size();
        break;
    }
    if (count == 0) break;
    taken += count;
  }
  return taken;
}

std::size_t Shell::take_head(Client& client, std::string_view bytes) {
  if (bytes.starts_with("\r\n")) return 2;  // an empty line before a request is forgiven
  count_request(client);
  const bool may_begin = begins_method(bytes.front()) || bytes.front() == '\r';
  HeadError error = may_begin ? HeadError::kNone : HeadError::kSyntax;
  const std::size_t most = most_head_bytes(bootstrap_.listeners[client.listener]);
  const std::size_t size = may_begin ? client.scanner.find_end(bytes, error, most) : 0;
  if (error == HeadError::kNone && size == 0) {
    client.downstream.on_first_byte(now_, client_commands_);
    carry_out_clients();
    return 0;
  }
  client.received.clear();
  client.began = now_;
  client.bytes_received = client.bytes_sent = 0;
  client.response_began = client.keeping = client.chunked = false;
  client.close_after = false;
  client.refused = {};
  if (error != HeadError::kNone) {
    refuse(client, error);
    return bytes.size();
  }
  char* const head = client.received.text.room(size);
  std::memcpy(head, bytes.data(), size);
  begin_request(client, {head, size});
  return size;
}

void Shell::begin_request(Client& client, std::span<char> head) {
  const HeadError error =
      read_request_head(head, client.received, client.framing,
                        bootstrap_.listeners[client.listener].max_headers_count);
  if (error != HeadError::kNone) return refuse(client, error);
  admit(client);
}

/// Its first byte is here. A connection's first request tells that it speaks HTTP/1.1.
void Shell::count_request(Client& client) {
  if (client.counted) return;
  policies::DownstreamStats& stats = doors_[client.listener].stats;
  if (!client.speaks_http2() && !client.spoke) stats.on_protocol(false);
  client.spoke = client.counted = true;
  stats.on_request(client.speaks_http2());
}

void Shell::uncount_request(Client& client) {
  if (client.counted) --doors_[client.listener].stats.requests_active;
  client.counted = false;
}

/// The request goes to the worker.
void Shell::admit(Client& client) {
  decisions::RecordedDownstream& downstream = connection_of(client).downstream;
  downstream.on_request(client.is_stream(), now_, client_commands_);
  carry_out_clients();
  client.began = downstream.began();
  count_request(client);
  if (client.framing.expects_continue) {
    if (client.is_stream()) {
      clients_[client.connection].http2->send_interim(*client.stream, 100);
    } else {
      client.out.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    mark_dirty(client);
  }
  const bool end = client.framing.body == BodyKind::kNone;
  client.state = end ? Client::State::kWaiting : Client::State::kBody;
  client.received_at = now_;
  client.body.start(client.framing);
  const std::uint64_t random = mix(seed_, Purpose::kRoute, ++requests_);
  const StreamId id(random);
  client.upstream_local.clear();
  client.upstream_protocol = {};
  client.received.peer = client.ends.peer_address;
  client.received.local = client.ends.local_address;
  client.received.peer_port = client.ends.peer_port;
  client.received.local_port = client.ends.local_port;
  client.received.http2 = client.speaks_http2();
  client.received.connection = number_of(connection_of(client));
  const policies::Reception reception = policies::receive_request(
      configuration_.epoch.listeners[client.listener], id.text(), client.received);
  if (reception != policies::Reception::kTaken) return turn_down(client, reception);
  client.at_worker = true;
  policies::RequestHead head = client.received.view();
  head.age = now_ - client.began;
  client.request = worker_.on_request(client.listener, head, random, end, now_);
  if (client.request.index >= client_of_.size()) client_of_.resize(client.request.index + 1);
  client_of_[client.request.index] = client.index;
  settle();
}

/// The answer to what is no request; nothing more is read.
void Shell::refuse(Client& client, HeadError error) {
  if (!client.at_worker && error != HeadError::kUpgrade && error != HeadError::kConnect) {
    client.received.clear();  // there is no head to speak of
    client.received.method = client.received.scheme = {};
  }
  policies::DownstreamStats& stats = doors_[client.listener].stats;
  count_request(client);
  send_refusal(client, refusal_of(error), false);
  if (client.refused.flag == "DPE") ++stats.protocol_errors;
  if (error == HeadError::kUpgrade) ++stats.upgrades_refused;
  client.end = Client::End::kLinger;
  if (client.at_worker) return;  // which logs it when it is told
  LoggedRequest record;
  write_logs(client, record);
  uncount_request(client);
  if (client.is_stream()) end_stream(client);
}

/// The connection manager's own answer to a request that no route is looked for.
void Shell::turn_down(Client& client, policies::Reception why) {
  const policies::Refusal refusal = policies::refusal_of(why);
  client.close_after = policies::ends_connection(refusal.status);
  const bool complete = client.state == Client::State::kWaiting;
  send_refusal(client, refusal, complete);
  LoggedRequest record;
  if (complete) record.request_received = Duration::zero();
  write_logs(client, record);
  doors_[client.listener].stats.on_refusal(why);
  uncount_request(client);
  connection_of(client).downstream.on_request_end(now_, client_commands_);
  finish_exchange(client);
  carry_out_clients();
}

/// `complete`: the whole request has been received.
void Shell::send_refusal(Client& client, const policies::Refusal& refusal, bool complete) {
  client.refused = refusal;
  policies::refuse_request(configuration_.epoch.listeners[client.listener], refusal,
                           client.received, client.response);
  client.chunked = false;
  const bool end = client.response.body.empty() || client.received.method == "HEAD";
  if (!client.speaks_http2())
    policies::frame_response(client.received.method, end, client.response);
  send_head(client, complete, end);
  if (!end) send_body(client, client.response.body, true);
}

/// The body breaks its own framing: to the worker, the client has left.
void Shell::refuse_body(Client& client) {
  if (client.response_began) {
    client.refused = refusal_of(HeadError::kSyntax);
    client.end = Client::End::kClose;
    mark_dirty(client);
  } else {
    refuse(client, HeadError::kSyntax);
  }
  worker_.on_client_reset(client.request, now_);
  settle();
}

/// What was kept of it is not needed any more.
void Shell::release_body(Client& client) {
  client.keeping = false;
  client.kept.clear();
  if (client.input_waits) wake(client);
}

std::size_t Shell::take_body(Client& client, std::string_view bytes) {
  const BodyReader::Piece piece = client.body.read(bytes);
  if (piece.state == BodyReader::State::kError) {
    refuse_body(client);
    return bytes.size();
  }
  const bool end = piece.state == BodyReader::State::kEnd;
  if (end) client.state = Client::State::kWaiting;
  client.received_at = now_;
  if (piece.data.empty() && !end) return piece.consumed;
  client.bytes_received += piece.data.size();
  if (client.keeping) client.kept.append(piece.data);
  client.piece = piece.data;
  worker_.on_request_body(client.request, piece.data.size(), end, now_);
  settle();
  client.piece = {};
  return piece.consumed;
}

void Shell::client_gone(Client& client) {
  policies::DownstreamStats& stats = doors_[client.listener].stats;
  const std::uint64_t before = stats.resets;
  if (client.http2) {
    client.http2->produce(client.out, kFramesAtOnce);  // tells whether it broke the protocol
    drop_streams(client);
  }
  if (client.at_worker) {
    worker_.on_client_reset(client.request, now_);
    settle();
  } else if (client.counted) {
    ++stats.resets;  // in the middle of a head
  }
  uncount_request(client);
  close_client(client, true, stats.resets > before);
}

/// `busy`: with a request under way.
void Shell::close_client(Client& client, bool by_client, bool busy) {
  for (const auto timer :
       {ShellTimer::kDelayedClose, ShellTimer::kClientPing, ShellTimer::kClientPong})
    timers_.cancel(static_cast<std::uint8_t>(timer), client.index);
  client.downstream.on_closed(now_, client_commands_);
  carry_out_clients();
  worker_.on_client_gone(number_of(client));
  client.socket.close();
  if (client.http2) closed_http2_.push_back(std::move(client.http2));
  doors_[client.listener].stats.on_connection_end(by_client, busy);
  clients_.give_back(client);
}

void Shell::flush(Client& client) {
  client.dirty = false;
  for (;;) {
    if (client.http2) client.http2->produce(client.out, kFramesAtOnce);
    if (client.out.empty() || client.blocked) break;
    const std::string_view bytes = client.out.view();
    const ssize_t count = send_bytes(client.socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      client.blocked = true;
    } else if (count < 0) {
      return client_gone(client);
    } else {
      client.out.consume(static_cast<std::size_t>(count));
    }
  }
  if (client.http2) return frames_flushed(client);
  resume_source(client);
  if (client.out.empty() && client.end != Client::End::kNone) end_client(client);
}

/// All is sent. What the client still sends is read over for a while, so that it gets the answer
/// rather than a reset.
void Shell::end_client(Client& client) {
  const Duration patience = configuration_.epoch.listeners[client.listener].delayed_close_timeout;
  if (client.end == Client::End::kClose || patience == Duration::zero())
    return close_client(client);
  if (client.state == Client::State::kLingering) return;
  client.state = Client::State::kLingering;
  if (client.end == Client::End::kLinger) ::shutdown(client.socket.get(), SHUT_WR);
  timers_.arm(static_cast<std::uint8_t>(ShellTimer::kDelayedClose), client.index, now_ + patience);
  wake(client);
}

}  // namespace squall::proxy
