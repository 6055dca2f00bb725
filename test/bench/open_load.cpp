// Clients that retry nothing: requests come by the clock, at random intervals, however many are under way, each on a
// connection that no other waits for. So a server that is too slow is offered just as much.
//
//   open_load PORT RATE SECONDS PATH    a line for each request: when it was due, and what it took, in microseconds,
//                                       and the status of its answer; 0 if none came within a second of the end
//   open_load PORT -CLIENTS SECONDS PATH    the same by clients that ask again as soon as they have their answer
#include "connect_to.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;

struct client {
  int fd = -1;
  std::size_t request = 0;
  std::string answer;
};

struct outcome {
  clock::time_point due;
  clock::duration took{};
  int status = 0;
};

/// The length of the whole answer, 0 while some of it is missing.
std::size_t whole(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  const auto at = text.find("Content-Length: ");
  if (end == text.npos || at == text.npos || at > end) return 0;
  const auto size = end + 4 + static_cast<std::size_t>(std::atoi(text.data() + at + 16));
  return text.size() >= size ? size : 0;
}

class load {
 public:
  load(int port, std::string_view path)
      : port_(port),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        request_("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n") {}

  void by_the_clock(double rate, clock::duration howlong) {
    std::exponential_distribution<double> gap(rate);
    std::mt19937 random(1);
    const auto end = start_ + howlong;
    for (auto due = start_; due < end;) {
      for (auto now = clock::now(); due <= now && due < end;) {
        ask(due);
        due += std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(gap(random)));
      }
      receive(std::min(due, end), false);
    }
    receive_all(end + std::chrono::seconds(1));
  }

  void in_turn(int clients, clock::duration howlong) {
    end_ = start_ + howlong;
    for (int i = 0; i < clients; ++i) ask(clock::now());
    while (clock::now() < end_) receive(end_, true);
    receive_all(end_ + std::chrono::seconds(1));
  }

  void print() const {
    using std::chrono::microseconds, std::chrono::duration_cast;
    for (const auto& each : outcomes_) {
      std::printf("%lld %lld %d\n", static_cast<long long>(duration_cast<microseconds>(each.due - start_).count()),
                  static_cast<long long>(duration_cast<microseconds>(each.took).count()), each.status);
    }
  }

 private:
  void ask(clock::time_point due) {
    if (free_.empty()) open();
    auto* const asks = free_.back();
    free_.pop_back();
    asks->request = outcomes_.size();
    outcomes_.push_back({due});
    ++under_way_;
    if (::send(asks->fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) drop(*asks);
  }

  void open() {
    auto& made = *all_.emplace_back(std::make_unique<client>());
    made.fd = connect_to(port_);
    epoll_event what{};
    what.events = EPOLLIN;
    what.data.ptr = &made;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, made.fd, &what);
    free_.push_back(&made);
  }

  void drop(client& lost) {
    ::close(lost.fd);
    lost.fd = -1;
    --under_way_;
  }

  void receive(clock::time_point until, bool again) {
    const auto left = until - clock::now();
    timespec patience{};
    if (left > left.zero()) {
      const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      patience = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    }
    std::array<epoll_event, 64> events;
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &patience, nullptr);
    for (int i = 0; i < count; ++i) take(*static_cast<client*>(events[static_cast<std::size_t>(i)].data.ptr), again);
  }

  void receive_all(clock::time_point until) {
    while (under_way_ > 0 && clock::now() < until) receive(until, false);
  }

  void take(client& from, bool again) {
    std::array<char, 8192> piece;
    const auto got = ::recv(from.fd, piece.data(), piece.size(), MSG_DONTWAIT);
    if (got <= 0) return drop(from);
    from.answer.append(piece.data(), static_cast<std::size_t>(got));
    if (whole(from.answer) == 0) return;
    auto& done = outcomes_[from.request];
    done.took = clock::now() - done.due;
    done.status = std::atoi(from.answer.c_str() + 9);
    from.answer.clear();
    free_.push_back(&from);
    --under_way_;
    if (again && clock::now() < end_) ask(clock::now());
  }

  const int port_, epoll_;
  const std::string request_;
  const clock::time_point start_ = clock::now();
  clock::time_point end_{};
  std::vector<std::unique_ptr<client>> all_;
  std::vector<client*> free_;
  std::vector<outcome> outcomes_;
  std::size_t under_way_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fputs("usage: open_load PORT RATE|-CLIENTS SECONDS PATH\n", stderr);
    return 2;
  }
  load clients(std::atoi(argv[1]), argv[4]);
  const auto rate = std::atof(argv[2]);
  const auto howlong = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(std::atof(argv[3])));
  if (rate > 0) {
    clients.by_the_clock(rate, howlong);
  } else {
    clients.in_turn(static_cast<int>(-rate), howlong);
  }
  clients.print();
} catch (const std::exception& e) {
  std::fprintf(stderr, "open_load: %s\n", e.what());
  return 1;
}
