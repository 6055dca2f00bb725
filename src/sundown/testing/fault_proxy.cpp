#include <sundown/testing/fault_proxy.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace sundown::testing {
namespace {

constexpr std::size_t most_waiting = 1 << 20;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

sockaddr_in address_of(const endpoint& where) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(where.port);
  if (::inet_pton(AF_INET, where.address.c_str(), &out.sin_addr) != 1) throw std::invalid_argument(where.address);
  return out;
}

unique_fd new_socket(int flags) { return unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)); }

}  // namespace

fault_proxy::fault_proxy(endpoint target)
    : here_{"127.0.0.1", 0},
      claim_(bound()),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      target_(std::move(target)) {
  listen();
  thread_ = std::thread([this] { run(); });
}

fault_proxy::~fault_proxy() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake();
  thread_.join();
}

/// A socket of our port, which the first one takes. With SO_REUSEADDR several may be bound to it as long as none
/// listens.
unique_fd fault_proxy::bound() {
  auto fresh = new_socket(SOCK_NONBLOCK);
  const int on = 1;
  ::setsockopt(fresh.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto at = address_of(here_);
  if (::bind(fresh.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("bind");
  socklen_t size = sizeof at;
  ::getsockname(fresh.get(), reinterpret_cast<sockaddr*>(&at), &size);
  here_.port = ntohs(at.sin_port);
  return fresh;
}

void fault_proxy::listen() {
  auto fresh = bound();
  if (::listen(fresh.get(), 128) != 0) fail("listen");
  listener_ = std::move(fresh);
}

void fault_proxy::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void fault_proxy::set(mode next) {
  mode_ = next;
  if (next == mode::refuse) {
    listener_.reset();
    reset_all();
  } else if (!listener_) {
    listen();
  }
  wake();
}

void fault_proxy::pass() {
  const std::lock_guard lock(mutex_);
  delay_ = 0ms;
  cut_after_.reset();
  set(mode::pass);
}

void fault_proxy::delay(milliseconds per_piece) {
  const std::lock_guard lock(mutex_);
  delay_ = per_piece;
}

void fault_proxy::cut_answer_after(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  cut_after_ = bytes;
}

void fault_proxy::cut() {
  const std::lock_guard lock(mutex_);
  reset_all();
  wake();
}

void fault_proxy::refuse() {
  const std::lock_guard lock(mutex_);
  set(mode::refuse);
}

void fault_proxy::blackhole() {
  const std::lock_guard lock(mutex_);
  set(mode::blackhole);
}

void fault_proxy::lead_to(endpoint target) {
  const std::lock_guard lock(mutex_);
  target_ = std::move(target);
}

std::size_t fault_proxy::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

std::size_t fault_proxy::answers_cut() const {
  const std::lock_guard lock(mutex_);
  return answers_cut_;
}

std::string fault_proxy::last_request() const {
  const std::lock_guard lock(mutex_);
  return last_request_;
}

void fault_proxy::reset(unique_fd& fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd.reset();
}

/// Only marks them: the thread may be polling their sockets.
void fault_proxy::reset_all() {
  for (auto& one : links_) one.dead = true;
}

void fault_proxy::run() {
  for (;;) {
    std::vector<pollfd> polled;
    auto next_due = clock::time_point::max();
    {
      const std::lock_guard lock(mutex_);
      if (stop_) break;
      for (auto it = links_.begin(); it != links_.end();) {
        if (it->dead) {
          reset(it->client);
          reset(it->server);
          it = links_.erase(it);
        } else {
          ++it;
        }
      }
      polled.push_back({wake_.get(), POLLIN, 0});
      polled.push_back({listener_ ? listener_.get() : -1, POLLIN, 0});
      const auto now = clock::now();
      for (auto& one : links_) {
        const bool open = mode_ == mode::pass;
        const auto events = [&](const flow& from_here, const flow& to_here) {
          int wanted = 0;
          if (open && !from_here.ended && from_here.size < most_waiting) wanted |= POLLIN;
          if (open && !to_here.waiting.empty()) {
            if (to_here.waiting.front().due <= now)
              wanted |= POLLOUT;
            else
              next_due = std::min(next_due, to_here.waiting.front().due);
          }
          return static_cast<short>(wanted);
        };
        // Without an event that is wanted it isn't polled at all: poll(2) would tell of a hang-up again and again.
        const auto add = [&](const unique_fd& fd, short wanted) {
          polled.push_back({wanted != 0 ? fd.get() : -1, wanted, 0});
        };
        add(one.client, events(one.request, one.answer));
        add(one.server, events(one.answer, one.request));
      }
    }
    const auto wait = next_due == clock::time_point::max() ? milliseconds{-1}
                                                           : std::chrono::ceil<milliseconds>(next_due - clock::now());
    ::poll(polled.data(), polled.size(), static_cast<int>(std::max(wait, milliseconds{-1}).count()));
    const std::lock_guard lock(mutex_);
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto drained = ::read(wake_.get(), &ignored, sizeof ignored);
    std::size_t i = 2;
    for (auto& one : links_) {
      serve(one, polled[i].revents, polled[i + 1].revents);
      i += 2;
    }
    if ((polled[1].revents & POLLIN) != 0) accept_one();
  }
  const std::lock_guard lock(mutex_);
  for (auto& one : links_) {
    reset(one.client);
    reset(one.server);
  }
}

void fault_proxy::accept_one() {
  if (!listener_) return;
  link fresh;
  fresh.client.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fresh.client) return;
  ++accepted_;
  // On loopback connecting takes no time; who refuses is passed on as a reset.
  fresh.server = new_socket(0);
  const auto at = address_of(target_);
  if (::connect(fresh.server.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return reset(fresh.client);
  ::fcntl(fresh.server.get(), F_SETFL, O_NONBLOCK);
  links_.push_back(std::move(fresh));
}

void fault_proxy::serve(link& one, short client_events, short server_events) {
  constexpr short can_read = POLLIN | POLLHUP | POLLERR;
  if (one.dead || mode_ != mode::pass) return;
  if ((client_events & can_read) != 0) read_from(one, false);
  if (!one.dead && (server_events & can_read) != 0) read_from(one, true);
  if (!one.dead && (client_events & POLLOUT) != 0) write_to(one, true);
  if (!one.dead && (server_events & POLLOUT) != 0) write_to(one, false);
  if (one.request.passed_on && one.answer.passed_on) one.dead = true;
}

void fault_proxy::read_from(link& one, bool is_answer) {
  auto& from = is_answer ? one.server : one.client;
  auto& way = is_answer ? one.answer : one.request;
  std::array<char, 64 << 10> buffer;
  const auto size = ::read(from.get(), buffer.data(), buffer.size());
  if (size < 0) {
    one.dead |= errno != EAGAIN;
    return;
  }
  if (size == 0) {
    way.ended = true;
    way.waiting.push_back({{}, clock::now()});
    return;
  }
  std::string bytes(buffer.data(), static_cast<std::size_t>(size));
  if (is_answer && cut_after_) {
    bytes.resize(std::min(bytes.size(), *cut_after_));
    cut_after_.reset();
    ++answers_cut_;
    one.dead = true;
    [[maybe_unused]] const auto sent = ::send(one.client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return;
  }
  if (!is_answer) last_request_ = bytes;
  way.size += bytes.size();
  way.waiting.push_back({std::move(bytes), clock::now() + (is_answer ? delay_ : 0ms)});
}

void fault_proxy::write_to(link& one, bool is_answer) {
  auto& to = is_answer ? one.client : one.server;
  auto& way = is_answer ? one.answer : one.request;
  while (!way.waiting.empty() && way.waiting.front().due <= clock::now()) {
    auto& bytes = way.waiting.front().bytes;
    if (bytes.empty()) {
      ::shutdown(to.get(), SHUT_WR);
      way.passed_on = true;
    } else {
      const auto sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        one.dead |= errno != EAGAIN;
        return;
      }
      way.size -= static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      if (!bytes.empty()) return;
    }
    way.waiting.pop_front();
  }
}

}  // namespace sundown::testing
