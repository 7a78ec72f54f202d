#include "proxy/poller.h"

#include <algorithm>
#include <limits>

#include "policies/base/check.h"

namespace squall::proxy {

namespace {
constexpr std::size_t kMostEvents = 256;  // a turn
}

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(kMostEvents) {
  SQUALL_CHECK(static_cast<bool>(epoll_));
  ready_.reserve(kMostEvents);
}

void Poller::add(const Fd& fd, Token token, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token.packed();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event);
}

void Poller::watch_connection(const Fd& fd, Token token) {
  add(fd, token, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

void Poller::watch(const Fd& fd, Token token) { add(fd, token, EPOLLIN); }

void Poller::forget(const Fd& fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr); }

std::span<const Ready> Poller::wait(Instant now, Instant until) {
  int timeout = -1;
  if (until != kNever) {  // whole milliseconds, rounded up: a timer never fires early
    const std::int64_t ns = std::max<std::int64_t>(0, (until - now).count());
    const std::int64_t ms = (ns + 999'999) / 1'000'000;
    timeout = static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
  }
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    ready_.push_back(
        {.token = Token::unpack(event.data.u64),
         .readable = (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
         .writable = (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0});
  }
  return ready_;
}

}  // namespace squall::proxy
