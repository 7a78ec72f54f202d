// The lab's world: client, proxy shell, backends and steps around one Worker and one Control.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "decisions/recorded.h"
#include "policies/downstream_stats.h"
#include "policies/exchange.h"
#include "scenarios/lab_plan.h"
#include "sim/engine.h"
#include "sim/lab/parts.h"
#include "sim/lab/record.h"
#include "sim/timer_table.h"

namespace squall::sim::lab {

class World {
 public:
  World(const scenarios::LabPlan& plan, const policies::Configuration& configuration,
        std::uint16_t port, std::uint64_t seed, decisions::LogWriter* decisions);
  Record run();

  void on_event(const Event& event);
  void on_turn_end(std::uint32_t);
  void on_time(const Event& event);

 private:
  struct AskedRedirect {
    policies::RequestId request;
    std::uint32_t attempt;
  };
  void post(EventKind kind, std::size_t b, std::uint32_t a = 0, bool flag = false,
            std::uint16_t small = 0) {
    engine_.post(make_event(kind, b, a, flag, small));
  }
  void after(Duration delay, EventKind kind, std::size_t b, std::uint32_t a = 0) {
    engine_.schedule(engine_.now() + delay, make_event(kind, b, a, false, 0));
  }

  // steps.cc
  void begin_step();
  void next_step();
  void on_lane(std::size_t lane);
  void lane_request_done(Exchange& exchange);
  bool lanes_over(std::size_t step) const;
  void carry_out_set(const scenarios::LabStep& step);
  void look();
  std::map<std::string, std::vector<std::string>> host_flags(const std::string& cluster) const;
  bool until_holds(const scenarios::LabStep& step) const;
  std::uint64_t stat(const std::string& name) const;

  // client.cc
  void start_request(std::size_t lane);
  void on_head(Exchange& exchange);
  void on_piece_due(Exchange& exchange);
  void on_piece(Exchange& exchange, std::uint64_t bytes, bool end);
  void on_answer_head(Exchange& exchange), on_answer_end(Exchange& exchange), accept(Exchange&);
  void on_answer_body(Exchange& exchange, std::uint64_t bytes, bool end);
  void client_fails(Exchange& exchange, const char* error, bool tells_proxy);
  void client_done(Exchange& exchange), refuse(Exchange& exchange, policies::Reception why);

  // door.cc
  std::size_t enter(const scenarios::LabRequest& plan, std::size_t exchange);
  void leave(Door& door, bool by_client);
  void say_close(Exchange& exchange, bool complete, bool ends_connection);
  void carry_out_doors();
  void on_door_closed(std::size_t door);

  // shell.cc
  void pump();
  void carry_out(const policies::Command& command);
  void open_link(std::uint32_t index, std::uint32_t host);
  void start(std::uint32_t attempt, std::uint32_t connection, bool end);
  void forward_head(std::uint32_t request, std::uint32_t attempt, bool end);
  void answer(std::uint32_t request), answer_body(const policies::Command& command);
  void mirror(std::uint32_t copy, std::uint32_t request);
  void follow(const AskedRedirect& asked);
  void log(std::uint32_t request);
  Link& link(std::uint32_t index);
  void on_link(const Event& event);
  void on_closed(const Event& event);
  void on_timer(const Event& event);
  void on_poll();
  void on_client_reset(const Exchange& exchange);
  void close_link(std::uint32_t link, policies::ResetReason why);
  Exchange& exchange_of(std::uint32_t request) { return exchanges_[exchange_of_[request]]; }

  // checks.cc, by the checks' numbers
  void send_check(std::uint32_t check), begin_check(std::uint32_t check);
  void end_check(std::uint32_t check, bool stays);
  void give_up_checks(std::uint32_t link, bool told);
  void on_grpc_down(Stream& stream, const Event& event);
  void on_http_down(Stream& stream, const Event& event);
  void on_check_link(const Event& event);
  void on_check_down(Stream& stream, const Event& event);

  // backend.cc
  void read_down_head(const Stream& stream);
  void on_up_head(std::size_t stream);
  void on_up_body(std::size_t stream, std::uint64_t bytes, bool end);
  void on_up_gone(std::size_t stream);
  void choose_answer(Stream& stream);
  void begin_answer(std::size_t stream);
  void on_respond(std::size_t stream);
  void on_respond_body(std::size_t stream);
  void break_stream(std::size_t stream, bool reset);
  void finish(Stream& stream, const char* outcome);
  void on_down(const Event& event);
  AttemptRecord& record_of(Stream& stream);
  void backend_closes(std::uint32_t link);

  const scenarios::LabPlan& plan_;
  const policies::Configuration& configuration_;
  std::uint16_t port_;  // the listener's
  std::uint64_t seed_;
  Engine engine_;
  decisions::LogWriter* decisions_;  // null: not recorded
  decisions::RecordedWorker worker_;
  decisions::RecordedControl control_;
  Record record_;
  std::deque<Exchange> exchanges_;
  std::deque<Stream> streams_;
  std::deque<Door> doors_;
  policies::CommandList door_commands_;
  policies::DownstreamStats stats_;
  std::vector<Backend> backends_;
  std::map<std::pair<std::string, std::uint16_t>, std::uint32_t> backend_at_;
  std::vector<Link> links_;
  std::vector<Link> check_links_;         // by check
  std::vector<std::size_t> exchange_of_;  // by the worker's request slot
  std::vector<std::size_t> stream_of_;    // by the worker's attempt slot
  TimerTable timers_;
  std::map<std::string, std::uint64_t> tries_;  // by x-lab-id
  std::deque<Lane> lanes_;
  Instant ready_at_ = kNever;  // when the steps began
  std::size_t step_ = 0;
  Instant step_began_ = kNever;
  int looks_ = 0;
  std::uint64_t accepted_ = 0;
  std::vector<policies::HeaderField> down_headers_;  // of the head that the worker is told of
  TextArena down_text_;                              // texts made for it
  std::uint32_t body_bytes_ = 0;                     // of the piece that it is told of
  std::uint64_t request_ids_ = 0;
  std::deque<AskedRedirect> redirects_;
};

}  // namespace squall::sim::lab
