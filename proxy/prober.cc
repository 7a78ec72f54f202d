#include "proxy/prober.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "proxy/http1_write.h"

namespace squall::proxy {

using policies::CheckOutcome;
using policies::HttpCheck;
using policies::TcpCheck;

namespace {

constexpr std::size_t kMostAnswer = std::size_t{1} << 20;  // of a TCP check that has not matched

}  // namespace

const policies::HealthCheck& Prober::config_of(std::uint32_t check) const {
  return configuration_.epoch.check(check);
}

Prober::Probe& Prober::probe(std::uint32_t check) {
  if (check >= probes_.size()) probes_.resize(check + 1);
  return probes_[check];
}

bool Prober::take_failed(Instant now) {
  if (failed_.empty()) return false;
  const std::uint32_t check = failed_.front();
  failed_.pop_front();
  control_.on_check_result(check, CheckOutcome::kNetworkFailure, now);
  return true;
}

void Prober::send(std::uint32_t check) {
  Probe& own = probe(check);
  own.asking = true;
  own.head_read = false;
  own.scanner.reset();
  own.in.clear();
  own.received.clear();
  own.grpc.clear();
  if (!own.socket && !connect(check)) return failed_.push_back(check);
  if (own.http2) {
    open_stream(check);
  } else if (const auto* tcp = std::get_if<TcpCheck>(&config_of(check).kind)) {
    own.out.append(tcp->send);
  } else {
    policies::KeptRequest request;
    policies::HeaderEdits edits;
    const std::string body =
        policies::health_check_request(configuration_.epoch, check, edits, request);
    write_request_head(request, own.out);
    own.out.append(body);
  }
  flush(own);
}

/// False: it fails at once.
bool Prober::connect(std::uint32_t check) {
  Probe& own = probe(check);
  const policies::Epoch& epoch = configuration_.epoch;
  const policies::HostConfig& config = epoch.host(epoch.check_at(check).host);
  const auto name =
      socket_name(config.check_address.empty() ? config.address : config.check_address,
                  config.check_port == 0 ? config.port : config.check_port);
  close(own);
  if (name) own.socket = begin_connect(*name);
  if (!own.socket) return false;
  ++own.generation;
  own.asking = own.connecting = own.blocked = true;
  const auto* http = std::get_if<HttpCheck>(&config_of(check).kind);
  const bool grpc = std::holds_alternative<policies::GrpcCheck>(config_of(check).kind);
  if (grpc || (http != nullptr && http->http2))
    own.http2 = std::make_unique<Http2>(Http2::Role::kClient, Http2Limits{});
  own.most_streams = 1;
  poller_.watch_connection(
      own.socket, {.source = Source::kProbe, .index = check, .generation = own.generation});
  return true;
}

void Prober::close(Probe& own) {
  own.socket.close();
  own.out.clear();
  own.http2.reset();
  own.stream = nullptr;
  own.connecting = own.blocked = own.asking = own.going_away = false;
}

void Prober::end(std::uint32_t check, bool stays) {
  Probe& own = probe(check);
  if (!stays || own.going_away) return close(own);
  own.asking = false;
  give_up_stream(own);
  flush(own);
}

void Prober::on_ready(const Ready& ready, Instant now) {
  const std::uint32_t check = ready.token.index;
  if (check >= probes_.size()) return;
  Probe& own = probes_[check];
  if (!own.socket || !ready.token.is_for(own.generation)) return;
  if (own.connecting) {
    if (!ready.writable) return;
    own.connecting = false;
    if (connect_error(own.socket) != 0) return broken(check, now);
    ask(check, now);
  }
  if (!own.socket) return;
  if (ready.writable && own.blocked) {
    own.blocked = false;
    flush(own);
  }
  if (ready.readable) read(check, now);
}

/// The connection is there: that may be all that was asked.
void Prober::ask(std::uint32_t check, Instant now) {
  const auto* tcp = std::get_if<TcpCheck>(&config_of(check).kind);
  if (tcp == nullptr || !tcp->receive.empty()) return;
  close(probe(check));
  control_.on_check_result(check, CheckOutcome::kSuccess, now);
}

void Prober::resume(Instant now) {
  std::swap(unread_, unread_now_);
  for (const std::uint32_t check : unread_now_) {
    if (probes_[check].socket && !probes_[check].connecting) read(check, now);
  }
  unread_now_.clear();
}

void Prober::flush(Probe& own) {
  if (own.http2) own.http2->produce(own.out, kFramesAtOnce);
  while (!own.out.empty() && !own.blocked) {
    const std::string_view bytes = own.out.view();
    const ssize_t count = send_bytes(own.socket, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {  // full, or broken, which the next read tells
      own.blocked = true;
      break;
    }
    own.out.consume(static_cast<std::size_t>(count));
  }
}

void Prober::read(std::uint32_t check, Instant now) {
  Probe& own = probes_[check];
  char bytes[4096];
  for (int reads = 0; own.socket; ++reads) {
    if (reads == kMostReads) return unread_.push_back(check);
    const ssize_t count = receive_bytes(own.socket, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    const bool whole =
        own.asking && own.head_read && own.head.framing.body == BodyKind::kUntilClose && count == 0;
    if (whole)
      return answered(check, {.status = own.head.status, .headers = own.head.headers}, now);
    if (count <= 0 || !take(check, {bytes, static_cast<std::size_t>(count)}, now))
      return broken(check, now);
  }
}

/// False: nobody asked for these, or they are no answer.
bool Prober::take(std::uint32_t check, std::string_view bytes, Instant now) {
  Probe& own = probes_[check];
  if (own.http2) return take_http2(check, bytes, now);
  own.in.append(bytes);
  if (const auto* tcp = std::get_if<TcpCheck>(&config_of(check).kind)) {
    if (!policies::matches(tcp->receive, own.in.view())) return own.in.size() <= kMostAnswer;
    own.in.clear();
    own.asking = false;
    control_.on_check_result(check, CheckOutcome::kSuccess, now);
    return true;
  }
  if (!own.asking) return false;
  while (own.asking && !own.head_read) {
    const std::size_t before = own.in.size();
    if (!take_head(check)) return false;
    if (own.in.size() == before) return true;  // there is more to come
  }
  return take_body(check, now);
}

bool Prober::take_head(std::uint32_t check) {
  Probe& own = probes_[check];
  HeadError error{};
  const std::size_t size = own.scanner.find_end(own.in.view(), error);
  if (error != HeadError::kNone) return false;
  if (size == 0) return true;
  own.head_text.clear();
  char* const head = own.head_text.room(size);
  std::memcpy(head, own.in.view().data(), size);
  own.in.consume(size);
  own.scanner.reset();
  const bool to_head = std::get<HttpCheck>(config_of(check).kind).method == "HEAD";
  if (read_response_head({head, size}, to_head, own.head) != HeadError::kNone) return false;
  if (own.head.status < 200) return own.head.status != 101;
  own.head_read = true;
  own.body.start(own.head.framing);
  return true;
}

bool Prober::take_body(std::uint32_t check, Instant now) {
  Probe& own = probes_[check];
  bool end = own.head.framing.body == BodyKind::kNone;
  while (!end && !own.in.empty()) {
    const BodyReader::Piece piece = own.body.read(own.in.view());
    if (piece.state == BodyReader::State::kError) return false;
    keep_body(check, piece.data);
    own.in.consume(piece.consumed);
    end = piece.state == BodyReader::State::kEnd;
  }
  if (end) answered(check, {.status = own.head.status, .headers = own.head.headers}, now);
  return true;
}

void Prober::keep_body(std::uint32_t check, std::string_view bytes) {
  const auto& http = std::get<HttpCheck>(config_of(check).kind);
  if (http.receive.empty()) return;
  std::string& received = probes_[check].received;
  const std::size_t room =
      http.buffer_bytes == 0 ? bytes.size() : http.buffer_bytes - received.size();
  received.append(bytes.substr(0, room));
}

void Prober::answered(std::uint32_t check, const policies::ResponseHead& head, Instant now) {
  Probe& own = probes_[check];
  own.asking = false;
  const bool ends = own.http2 == nullptr && (!own.head.framing.keep_alive ||
                                             own.head.framing.body == BodyKind::kUntilClose);
  const auto& http = std::get<HttpCheck>(config_of(check).kind);
  const bool matches = policies::matches(http.receive, own.received);
  control_.on_check_response(check, head, matches, now);
  if (ends || own.going_away) close(own);
}

void Prober::broken(std::uint32_t check, Instant now) {
  close(probes_[check]);
  control_.on_check_result(check, CheckOutcome::kNetworkFailure, now);
}

}  // namespace squall::proxy
