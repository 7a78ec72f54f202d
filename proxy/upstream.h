// Upstream: one connection to a host, by the slot that the worker gave it.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "policies/http2_keepalive.h"
#include "policies/machine/command.h"
#include "proxy/byte_queue.h"
#include "proxy/http1_body.h"
#include "proxy/http1_head.h"
#include "proxy/http2.h"
#include "proxy/socket.h"
#include "proxy/tcp_session.h"

namespace squall::proxy {

struct Upstream {
  std::uint32_t generation = 0;
  Fd socket;
  std::string local_name;  // of its socket, once it is connected
  bool connecting = false;
  bool blocked = false;      // the socket takes no more for the moment
  bool input_waits = false;  // the socket may have more, but reading was paused
  bool woken = false;        // it is read on in the next turn
  bool dirty = false;        // in the shell's list of what is to be flushed
  ByteQueue in;              // the start of a head
  ByteQueue out;
  std::unique_ptr<Http2> http2;  // none: HTTP/1.1, one attempt at a time
  policies::Http2Pings pings;    // of that

  // Of TCP: whose bytes pass, and how they go out.
  bool tcp = false;
  bool ended = false;                 // nothing more comes from the host
  Id<TcpSession> session;             // none: it is not used yet
  policies::RequestId request;        // as the worker names it
  std::uint32_t flushes_for = kNone;  // the listener whose client has left before all was sent
  Outlet outlet;

  // The attempt on it.
  policies::AttemptId attempt;  // none: idle
  bool to_head = false;         // a HEAD request's
  bool chunked = false;         // its body goes out in chunks
  bool told_first_byte = false;

  // Its response.
  HeadScanner scanner;
  bool head_read = false;
  AnswerHead head;      // on HTTP/2: of the response that is being forwarded
  TextArena head_text;  // what the head's fields point into
  BodyReader body;
  std::string_view piece;  // of the body, while the worker is told of it

  bool open() const { return static_cast<bool>(socket); }
  bool busy() const { return static_cast<bool>(attempt); }
};

}  // namespace squall::proxy
