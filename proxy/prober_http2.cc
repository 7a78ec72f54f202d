// Checks over HTTP/2, those by gRPC among them.
#include "proxy/prober.h"

namespace squall::proxy {

using policies::CheckOutcome;
using Kind = Http2Event::Kind;

/// A host that takes no stream, or reads nothing, is not asked before it does: what is given up
/// before it has been sent would be kept for as long.
void Prober::open_stream(std::uint32_t check) {
  Probe& own = probes_[check];
  if (own.most_streams == 0 || own.out.size() >= kFramesAtOnce) return;
  policies::KeptRequest request;
  policies::HeaderEdits edits;
  const std::string body =
      policies::health_check_request(configuration_.epoch, check, edits, request);
  own.stream = own.http2->open(request, body.empty(), check);
  if (own.stream == nullptr) {  // its numbers are used up
    close(own);
    return failed_.push_back(check);
  }
  if (!body.empty()) own.http2->send_body(*own.stream, body, true);
}

/// Nothing of it concerns anybody from now on.
void Prober::give_up_stream(Probe& own) {
  if (own.stream != nullptr) own.http2->reset(*own.stream, Http2Code::kCancel);
  own.stream = nullptr;
}

/// False: the connection cannot go on.
bool Prober::take_http2(std::uint32_t check, std::string_view bytes, Instant now) {
  Probe& own = probes_[check];
  const bool sound = own.http2->receive(bytes);
  while (own.http2) {
    const auto event = own.http2->next_event();
    if (!event) break;
    take_event(check, *event, now);
  }
  if (!own.http2) return true;
  flush(own);
  return sound && !own.http2->failed() && !own.http2->over();
}

void Prober::take_event(std::uint32_t check, const Http2Event& event, Instant now) {
  Probe& own = probes_[check];
  if (event.kind == Kind::kGoAway) return take_going_away(check, event.code, now);
  if (event.kind == Kind::kSettings) {
    own.most_streams = event.code;
    if (own.asking && own.stream == nullptr) open_stream(check);
    return;
  }
  if (event.kind == Kind::kData) own.http2->consume(*event.stream, event.data.size());
  if (event.stream == nullptr || event.stream != own.stream) return;
  if (event.kind == Kind::kClosed) {
    own.stream = nullptr;
    if (!own.asking) return;
    own.asking = false;
    if (own.going_away) close(own);
    return control_.on_check_result(check, CheckOutcome::kNetworkFailure, now);
  }
  if (!own.asking) return;
  if (std::holds_alternative<policies::GrpcCheck>(config_of(check).kind))
    return take_grpc(check, event, now);
  if (event.kind == Kind::kData) keep_body(check, event.data);
  if (event.end)
    answered(check, {.status = own.stream->status, .headers = own.stream->head.headers}, now);
}

/// What comes after its outcome is known is not waited for.
void Prober::take_grpc(std::uint32_t check, const Http2Event& event, Instant now) {
  Probe& own = probes_[check];
  std::optional<CheckOutcome> outcome;
  if (event.kind == Kind::kHead) {
    outcome = own.grpc.on_head({.status = own.stream->status, .headers = own.stream->head.headers},
                               event.end);
  } else if (event.kind == Kind::kData) {
    outcome = own.grpc.on_body(event.data, event.end);
  } else if (event.kind == Kind::kTrailers) {
    outcome = own.grpc.on_trailers(own.stream->trailers.headers);
  }
  if (!outcome) return;
  own.asking = false;
  if (!event.end) give_up_stream(own);
  if (own.going_away) close(own);
  control_.on_check_result(check, *outcome, now);
}

/// A host that leaves in order still answers what it was asked; any other word of leaving is a
/// failure.
void Prober::take_going_away(std::uint32_t check, std::uint32_t code, Instant now) {
  Probe& own = probes_[check];
  if (!own.asking) return close(own);
  own.going_away = true;
  if (code != static_cast<std::uint32_t>(Http2Code::kNoError)) broken(check, now);
}

}  // namespace squall::proxy
