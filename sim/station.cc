#include "sim/station.h"

namespace squall::sim {

Station::Station(const StationShape& shape, const Event& done)
    : cores_(shape.processor_sharing ? kNone : shape.cores),
      concurrency_(shape.concurrency),
      done_(done),
      queue_(shape.order, shape.queue_limit) {
  if (shape.processor_sharing) shared_ = std::make_unique<ProcessorSharing>(shape.cores);
  settle();
}

/// After anything that begin() and done() take a short cut by.
void Station::settle() {
  unusual_ = shared_ != nullptr || hung();
  done_.small = interruptions_.stamp();
}

Station::Entry Station::wait_for_slot(std::uint32_t id, Instant now) {
  return queue_.push(id, now) ? Entry::kQueued : Entry::kRejected;
}

Station::Entry Station::wait_for_core(std::uint32_t id, Instant now) {
  if (concurrency_ == kNone) return wait_for_slot(id, now);
  serving_.up(now);
  ready_.push(id);
  return Entry::kQueued;
}

bool Station::enter_again(std::uint32_t id, Instant now) {
  const bool starts = working_.count() < cores_;
  starts ? working_.up(now) : ready_.push(id);
  return starts;
}

std::uint32_t Station::hand_slot_on(Instant now) {
  const std::uint32_t next = queue_.pop(now);
  if (working_.count() >= cores_) {
    ready_.push(next);
    return kNone;
  }
  working_.up(now);
  return next;
}

std::uint32_t Station::skip(Instant now) {
  if (concurrency_ == kNone || queue_.empty()) {
    serving_.down(now);
  } else {
    ready_.push(queue_.pop(now));  // has its slot
  }
  return end_work(now);  // and its core is for whoever is ready
}

EventHandle Station::begin_unusual(Engine& engine, std::uint32_t id, Duration work) {
  if (shared_) {
    shared_->add(id, work, engine.now());
    schedule_end(engine);
  } else {
    held_.push_back({id, work});
  }
  return {};
}

/// After a hang, by another event than it began with.
void Station::go_on(Engine& engine, std::uint32_t id, Duration work) {
  late_[id] = schedule_done(engine, id, work);
}

std::optional<std::uint32_t> Station::stop(Engine& engine, std::uint32_t id, EventHandle work) {
  const Instant now = engine.now();
  if (shared_) {
    if (!shared_->remove(id, now)) return std::nullopt;
    working_.down(now);
    schedule_end(engine);
    return kNone;
  }
  if (!engine.cancel(work)) engine.cancel(late_[id]);
  return end_work(now);
}

/// The event of work that was under way when the replica crashed or hung.
Station::Done Station::done_late(Engine& engine, const Event& event) {
  const std::optional<Duration> left = interruptions_.left(event.small, engine.now());
  if (!left) return {};
  if (hung()) {
    held_.push_back({event.b, *left});
    return {};
  }
  if (*left == Duration{0}) return {event.b, end_work(engine.now())};
  go_on(engine, event.b, *left);
  return {};
}

Station::Done Station::done_sharing(Engine& engine) {
  end_at_ = kNever;  // this was that event
  const Instant now = engine.now();
  const std::uint32_t id = shared_->take_ended(now);
  schedule_end(engine);
  if (id == kNone) return {};
  working_.down(now);
  return {id, kNone};
}

/// One event at a time. One that comes too early finds nobody and looks again; that is rarer than
/// moving it.
void Station::schedule_end(Engine& engine) {
  const Instant at = shared_->next_end();
  if (end_at_ <= at && at != kNever) return;
  if (end_at_ != kNever) engine.cancel(end_);
  end_at_ = at;
  if (at != kNever) end_ = engine.schedule(at, done_);
}

void Station::crash(Engine& engine) {
  const Instant now = engine.now();
  working_.to_zero(now);
  serving_.to_zero(now);
  queue_.clear(now);
  ready_.clear();
  held_.clear();
  late_.clear();
  if (hung()) revive(engine);
  interruptions_.crash();
  if (shared_) {
    shared_->clear(now);
    schedule_end(engine);
  }
  settle();
}

void Station::hang(Engine& engine) {
  if (hung()) return;
  interruptions_.hang(engine.now());
  if (shared_) {
    shared_->set_frozen(true, engine.now());
    schedule_end(engine);
  }
  settle();
}

void Station::revive(Engine& engine) {
  if (!hung()) return;
  interruptions_.revive(engine.now());
  settle();
  if (shared_) {
    shared_->set_frozen(false, engine.now());
    schedule_end(engine);
  }
  for (const Held& held : held_) go_on(engine, held.id, held.work);
  held_.clear();
}

Station::Areas Station::areas(Instant now) const {
  return {shared_ ? shared_->core_ns(now) : working_.area(now), serving_.area(now),
          queue_.area(now)};
}

}  // namespace squall::sim
