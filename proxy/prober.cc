#include "proxy/prober.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "proxy/http1_write.h"

namespace squall::proxy {

using policies::CheckOutcome;
using policies::HttpCheck;
using policies::TcpCheck;

const policies::HealthCheck& Prober::config_of(std::uint32_t host) const {
  const policies::Epoch& epoch = configuration_.epoch;
  return *epoch.clusters[epoch.cluster_of_host(host)].health_check;
}

Prober::Probe& Prober::probe(std::uint32_t host) {
  if (host >= probes_.size()) probes_.resize(configuration_.epoch.host_count());
  return probes_[host];
}

bool Prober::take_failed(Instant now) {
  if (failed_.empty()) return false;
  const std::uint32_t host = failed_.back();
  failed_.pop_back();
  control_.on_check_result(host, CheckOutcome::kNetworkFailure, now);
  return true;
}

void Prober::send(std::uint32_t host) {
  Probe& own = probe(host);
  own.asking = true;
  own.head_read = false;
  own.scanner.reset();
  own.in.clear();
  own.out.clear();
  const policies::HealthCheck& config = config_of(host);
  if (const auto* http = std::get_if<HttpCheck>(&config.kind)) {
    policies::KeptRequest request;
    policies::health_check_request(configuration_.epoch, host, *http, request);
    write_request_head(request, own.out);
  } else if (const auto* tcp = std::get_if<TcpCheck>(&config.kind)) {
    own.out.append(tcp->send);
  }
  if (own.socket) return flush(own);
  connect(host);
}

void Prober::connect(std::uint32_t host) {
  Probe& own = probe(host);
  const policies::HostConfig& config = configuration_.epoch.host(host);
  const auto name =
      socket_name(config.check_address.empty() ? config.address : config.check_address,
                  config.check_port == 0 ? config.port : config.check_port);
  if (name) own.socket = begin_connect(*name);
  if (!own.socket) {
    failed_.push_back(host);
    return;
  }
  ++own.generation;
  own.connecting = own.blocked = true;
  poller_.watch_connection(own.socket,
                           {.source = Source::kProbe, .index = host, .generation = own.generation});
}

void Prober::end(std::uint32_t host) {
  probe(host).socket.close();
  probe(host).asking = false;
}

void Prober::on_ready(const Ready& ready, Instant now) {
  const std::uint32_t host = ready.token.index;
  if (host >= probes_.size()) return;
  Probe& own = probes_[host];
  if (!own.socket || !ready.token.is_for(own.generation)) return;
  if (own.connecting) {
    if (!ready.writable) return;
    own.connecting = false;
    if (connect_error(own.socket) != 0) return broken(host, now);
    ask(host, now);
  }
  if (!own.socket) return;
  if (ready.writable && own.blocked) {
    own.blocked = false;
    flush(own);
  }
  if (ready.readable) read(host, now);
}

/// The connection is there: that may be all that was asked.
void Prober::ask(std::uint32_t host, Instant now) {
  const auto* tcp = std::get_if<TcpCheck>(&config_of(host).kind);
  if (tcp == nullptr || !tcp->receive.empty()) return;
  probe(host).asking = false;
  probe(host).socket.close();
  control_.on_check_result(host, CheckOutcome::kSuccess, now);
}

void Prober::flush(Probe& own) {
  while (!own.out.empty() && !own.blocked) {
    const std::string_view bytes = own.out.view();
    const ssize_t count = ::send(own.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {  // full, or broken, which the next read tells
      own.blocked = true;
      break;
    }
    own.out.consume(static_cast<std::size_t>(count));
  }
}

void Prober::read(std::uint32_t host, Instant now) {
  Probe& own = probes_[host];
  char bytes[4096];
  while (own.socket) {
    const ssize_t count = ::recv(own.socket.get(), bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    const bool whole =
        own.asking && own.head_read && own.head.framing.body == BodyKind::kUntilClose && count == 0;
    if (whole) return answered(host, now);
    if (count <= 0 || !take(host, {bytes, static_cast<std::size_t>(count)}, now))
      return broken(host, now);
  }
}

/// False: nobody asked for these, or they are no answer.
bool Prober::take(std::uint32_t host, std::string_view bytes, Instant now) {
  Probe& own = probes_[host];
  own.in.append(bytes);
  if (const auto* tcp = std::get_if<TcpCheck>(&config_of(host).kind)) {
    if (!policies::matches(*tcp, own.in.view())) return true;
    own.in.clear();
    own.asking = false;
    control_.on_check_result(host, CheckOutcome::kSuccess, now);
    return true;
  }
  if (!own.asking) return false;
  while (own.asking && !own.head_read) {
    const std::size_t before = own.in.size();
    if (!take_head(host)) return false;
    if (own.in.size() == before) return true;  // there is more to come
  }
  return take_body(host, now);
}

bool Prober::take_head(std::uint32_t host) {
  Probe& own = probes_[host];
  HeadError error{};
  const std::size_t size = own.scanner.find_end(own.in.view(), error);
  if (error != HeadError::kNone) return false;
  if (size == 0) return true;
  own.head_text.clear();
  char* const head = own.head_text.room(size);
  std::memcpy(head, own.in.view().data(), size);
  own.in.consume(size);
  own.scanner.reset();
  const bool to_head = std::get<HttpCheck>(config_of(host).kind).method == "HEAD";
  if (read_response_head({head, size}, to_head, own.head) != HeadError::kNone) return false;
  if (own.head.status < 200) return own.head.status != 101;
  own.head_read = true;
  own.body.start(own.head.framing);
  return true;
}

bool Prober::take_body(std::uint32_t host, Instant now) {
  Probe& own = probes_[host];
  bool end = own.head.framing.body == BodyKind::kNone;
  while (!end && !own.in.empty()) {
    const BodyReader::Piece piece = own.body.read(own.in.view());
    if (piece.state == BodyReader::State::kError) return false;
    own.in.consume(piece.consumed);
    end = piece.state == BodyReader::State::kEnd;
  }
  if (end) answered(host, now);
  return true;
}

void Prober::answered(std::uint32_t host, Instant now) {
  Probe& own = probes_[host];
  own.asking = false;
  if (!own.head.framing.keep_alive || own.head.framing.body == BodyKind::kUntilClose)
    own.socket.close();
  control_.on_check_response(host, {.status = own.head.status, .headers = own.head.headers}, now);
}

void Prober::broken(std::uint32_t host, Instant now) {
  Probe& own = probes_[host];
  own.socket.close();
  own.connecting = own.asking = false;
  control_.on_check_result(host, CheckOutcome::kNetworkFailure, now);
}

}  // namespace squall::proxy
