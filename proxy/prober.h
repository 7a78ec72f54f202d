// Prober: the sockets of health checks: asks a host what Control wants asked, and tells it what
// came.
//
// One connection for each check of a host, kept while both sides like. An answer counts when it is
// whole. Failures that are met while a command is carried out are told with the next take_failed().
// HTTP/1.1, HTTP/2, gRPC and bytes, in clear.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decisions/recorded.h"
#include "policies/exchange.h"
#include "policies/grpc_check.h"
#include "proxy/byte_queue.h"
#include "proxy/http1_body.h"
#include "proxy/http2.h"
#include "proxy/poller.h"

namespace squall::proxy {

class Prober {
 public:
  Prober(const policies::Configuration& configuration, decisions::RecordedControl& control,
         Poller& poller)
      : configuration_(configuration), control_(control), poller_(poller) {}

  /// By the numbers of checks (Epoch::check_at).
  void send(std::uint32_t check);
  /// `stays`: the connection is kept.
  void end(std::uint32_t check, bool stays);
  void on_ready(const Ready& ready, Instant now);
  /// Whether some host has sent more than is read in one turn; and the next turn's part of it.
  bool awake() const { return !unread_.empty(); }
  void resume(Instant now);
  /// Tells Control of one check that failed at once; false: there is none.
  bool take_failed(Instant now);

 private:
  struct Probe {
    std::uint32_t generation = 0;
    Fd socket;
    bool connecting = false, blocked = false;
    bool asking = false;  // a check waits for its answer
    ByteQueue out, in;
    HeadScanner scanner;
    bool head_read = false;
    AnswerHead head;
    TextArena head_text;
    BodyReader body;
    std::string received;            // of the body, as much as is looked at
    std::unique_ptr<Http2> http2;    // null: HTTP/1.1 or bytes
    Http2Stream* stream = nullptr;   // null while the host takes none, too
    std::uint32_t most_streams = 1;  // that the host takes at once
    bool going_away = false;         // the connection goes with the check under way
    policies::GrpcAnswer grpc;
  };
  const policies::HealthCheck& config_of(std::uint32_t check) const;
  Probe& probe(std::uint32_t check);
  bool connect(std::uint32_t check);
  void close(Probe& probe);
  void ask(std::uint32_t check, Instant now);
  void flush(Probe& probe);
  void read(std::uint32_t check, Instant now);
  bool take(std::uint32_t check, std::string_view bytes, Instant now);
  bool take_head(std::uint32_t check);
  bool take_body(std::uint32_t check, Instant now);
  void keep_body(std::uint32_t check, std::string_view bytes);
  void answered(std::uint32_t check, const policies::ResponseHead& head, Instant now);
  void broken(std::uint32_t check, Instant now);
  // prober_http2.cc
  void open_stream(std::uint32_t check);
  void give_up_stream(Probe& probe);
  bool take_http2(std::uint32_t check, std::string_view bytes, Instant now);
  void take_event(std::uint32_t check, const Http2Event& event, Instant now);
  void take_grpc(std::uint32_t check, const Http2Event& event, Instant now);
  void take_going_away(std::uint32_t check, std::uint32_t code, Instant now);

  const policies::Configuration& configuration_;
  decisions::RecordedControl& control_;
  Poller& poller_;
  std::deque<Probe> probes_;                        // by check
  std::vector<std::uint32_t> unread_, unread_now_;  // checks whose host has sent more
  std::deque<std::uint32_t> failed_;
};

}  // namespace squall::proxy
