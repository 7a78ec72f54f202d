// Prober: the sockets of health checks: asks a host what Control wants asked, and tells it what
// came.
//
// One connection a host, kept while both sides like. An answer counts when it is whole. Failures
// that are met while a command is carried out are told with the next take_failed(). HTTP/1.1 and
// TCP in clear.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "decisions/recorded.h"
#include "policies/exchange.h"
#include "proxy/byte_queue.h"
#include "proxy/http1_body.h"
#include "proxy/poller.h"

namespace squall::proxy {

class Prober {
 public:
  Prober(const policies::Configuration& configuration, decisions::RecordedControl& control,
         Poller& poller)
      : configuration_(configuration), control_(control), poller_(poller) {}

  void send(std::uint32_t host);
  void end(std::uint32_t host);
  void on_ready(const Ready& ready, Instant now);
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
  };
  const policies::HealthCheck& config_of(std::uint32_t host) const;
  Probe& probe(std::uint32_t host);
  void connect(std::uint32_t host);
  void ask(std::uint32_t host, Instant now);
  void flush(Probe& probe);
  void read(std::uint32_t host, Instant now);
  bool take(std::uint32_t host, std::string_view bytes, Instant now);
  bool take_head(std::uint32_t host);
  bool take_body(std::uint32_t host, Instant now);
  void answered(std::uint32_t host, Instant now);
  void broken(std::uint32_t host, Instant now);

  const policies::Configuration& configuration_;
  decisions::RecordedControl& control_;
  Poller& poller_;
  std::deque<Probe> probes_;  // by host
  std::vector<std::uint32_t> failed_;
};

}  // namespace squall::proxy
