// Shell: sockets around one Worker and one Control.
//
// What arrives becomes their events, with the instant of the turn; what they command is carried
// out. A turn is all that was ready at one look, then the end of the turn, then the timers that are
// due, then what goes out: one write a connection. No decision is made here, and no policy is known
// but by its commands. HTTP/1.1 and HTTP/2 on both sides, one thread. Cost: no allocation in the
// steady state.
#pragma once
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/shell_state.h"

namespace squall::proxy {

class Shell : private ShellState {
 public:
  /// Opens the listeners, the admin page and the logs. Errors: addresses that cannot be had, files
  /// that cannot be written, what squall-proxy does not do.
  static Result<std::unique_ptr<Shell>> open(config::Bootstrap bootstrap,
                                             const ShellOptions& options);
  /// What a bootstrap asks for that cannot be served, without opening anything.
  static Diagnostics check(const config::Bootstrap& bootstrap);

  /// Serves until `stop` becomes readable; reopens the logs when `reopen` does, which it reads.
  void run(const Fd& stop, const Fd& reopen = Fd());
  /// Where the listeners and the admin page really are (a port may have been given as 0).
  const std::vector<SocketName>& addresses() const { return addresses_; }
  const SocketName* admin_address() const { return admin_.address(); }
  /// Null when decisions are not recorded.
  const decisions::LogWriter* decisions() const { return decisions_.get(); }

 private:
  using ShellState::ShellState;
  Result<void> open_doors(), listen();
  void flush_decisions();

  // shell_overload.cc
  void measure_overload(), accept_if(bool accepting), reduce_timeouts(double level);
  bool rejects_connection();

  // shell.cc
  void turn(), dispatch(const Ready& ready), settle(), show_admin(const Ready& ready);
  void end_turn(), fire_timers(), carry_out(const policies::Command& command);
  void carry_out_control(const policies::Command& command), carry_out_clients();
  void carry_out_client(const policies::Command& command);
  Upstream& upstream(std::uint32_t connection);
  Client& connection_of(Client& client) {
    return client.is_stream() ? clients_[client.connection] : client;
  }
  Client& client_of(std::uint32_t request) { return clients_[client_of_[request]]; }
  void wake(TcpSession& session), wake_upstream(std::uint32_t connection);
  void wake(Client& client), mark_dirty(Client& client), mark_dirty(std::uint32_t connection);
  void flush_dirty(), resume_woken(), flush_logs(), reopen_logs(), cut(Client& client);
  void stop_all(), give_back_ended();

  // clients.cc
  void accept_clients(std::uint32_t door);
  void begin_client(Fd socket, std::uint32_t door, const SocketName& peer);
  void on_client(const Ready& ready), read_client(Client& client);
  bool input_paused(const Client& client) const;
  void take_client_bytes(Client& client, std::string_view fresh);
  std::size_t take_some(Client& client, std::string_view bytes);
  std::size_t take_head(Client& client, std::string_view bytes);
  void begin_request(Client& client, std::span<char> head), admit(Client& client);
  void count_request(Client& client), uncount_request(Client& client);
  void refuse(Client& client, HeadError error);
  void turn_down(Client& client, policies::Reception why);
  void send_refusal(Client& client, const policies::Refusal& refusal, bool complete);
  std::size_t take_body(Client& client, std::string_view bytes);
  void release_body(Client& client);
  void refuse_body(Client& client), client_gone(Client& client);
  void close_client(Client& client, bool by_client = false, bool busy = false);
  void flush(Client& client), end_client(Client& client);

  // http2_clients.cc
  bool choose_codec(Client& client, std::string_view fresh);
  void start_http2(Client& client), take_frames(Client& client, std::string_view bytes);
  void take_client_events(Client& client);
  void take_client_event(Client& client, const Http2Event& event);
  void begin_stream(Client& connection, Http2Stream& stream, bool end);
  void take_stream_body(Client& client, const Http2Event& event);
  void stream_closed(Client& client, const Http2Event& event);
  void log_headless(Client& connection, const policies::Refusal& why);
  void release_credit(Client& client), resume_source(Client& client), end_stream(Client& client);
  void drop_streams(Client& connection, const policies::Refusal& why = {});
  void frames_flushed(Client& client);

  // http2_upstreams.cc
  void start_http2(Upstream& up), flush_frames(std::uint32_t connection);
  void take_upstream_frames(std::uint32_t connection, std::string_view bytes);
  void take_upstream_events(std::uint32_t connection);
  void take_upstream_event(std::uint32_t connection, const Http2Event& event);
  void take_attempt_event(Upstream& up, const Http2Event& event);
  void start_stream(std::uint32_t attempt, std::uint32_t connection, bool end);
  void reset_stream(std::uint32_t attempt), let_go(Upstream& up, Http2Stream& stream);

  Pinged pinged(std::uint32_t connection), pinged(Client& client);  // pings.cc
  void fire_ping(ShellTimer timer, std::uint32_t owner), give_up_client(Client& connection);

  // tcp_sessions.cc
  void begin_tcp(Fd socket, std::uint32_t listener, const SocketName& peer);
  void on_tcp(const Ready& ready), read_tcp(TcpSession& session);
  void take_tcp(TcpSession& session, policies::TcpSide from, std::size_t bytes);
  bool pause_tcp(TcpSession& session), pause_host(TcpSession& session), settle_tcp();
  void join_tcp(TcpSession& session, std::uint32_t connection);
  void pass_tcp(TcpSession& session, policies::TcpSide to, bool end);
  void flush_tcp(TcpSession& session, std::string_view more);
  void flush_tcp_upstream(std::uint32_t connection, std::string_view more);
  void on_tcp_upstream_writable(std::uint32_t connection);
  void read_tcp_upstream(std::uint32_t connection), log_tcp(std::uint32_t request);
  void close_tcp(TcpSession& session, policies::CloseHow how);
  void carry_out_tcp(const policies::Command& command);

  // upstreams.cc
  void open_upstream(std::uint32_t connection, std::uint32_t host), close_upstream(Upstream& up);
  void close_upstream(std::uint32_t connection, policies::CloseHow how);
  void on_upstream(const Ready& ready), read_upstream(std::uint32_t connection);
  void take_upstream_bytes(std::uint32_t connection, std::string_view bytes);
  bool take_response_head(Upstream& up, std::string_view& bytes);
  bool take_response_body(Upstream& up, std::string_view& bytes);
  void upstream_ended(std::uint32_t connection), reset_attempt(std::uint32_t attempt);
  void break_upstream(std::uint32_t connection, policies::ResetReason why, bool by_us);
  void flush(std::uint32_t connection);

  // forward.cc, held_responses.cc
  void start(std::uint32_t attempt, std::uint32_t connection, bool end);
  void send_body(std::uint32_t attempt, bool replay, bool end);
  void send_trailers(std::uint32_t attempt);
  void forward_head(Client& client, std::uint32_t request, std::uint32_t attempt, bool end);
  void forward_body(Client& client, std::uint32_t attempt, bool end);
  void forward_trailers(Client& client, std::uint32_t attempt);
  void hold_body(Client& client, const policies::Command& command);
  void send_held(Client& client, std::uint64_t bytes, bool end);
  void send_head(Client& client, bool complete, bool end), answer(Client&, std::uint32_t request);
  void send_body(Client& client, std::string_view data, bool end);
  std::size_t backlog(const Client& client) const, backlog_of(std::uint32_t attempt) const;
  void mirror(std::uint32_t copy, std::uint32_t request), log(std::uint32_t request);
  void follow(const FailedConnect&), follow(const FailedStart&);
  void follow(const Redirected&), follow(const SlowMirror&);
  void take_redirect(Client& client, std::uint16_t status);
  void on_mirror_sent(Client& carrier, std::uint32_t attempt);
  void write_logs(Client& client, LoggedRequest& record);
  void write_lines(Door& door, const LoggedRequest& record), finish_exchange(Client& client);
  std::string_view date();
};

}  // namespace squall::proxy
