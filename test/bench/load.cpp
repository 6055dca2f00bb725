// A load client with a rate, which wrk has not: requests are due at even intervals and their time runs from when they
// were due, not from when a connection was free, so that a server that stalls is not let off (coordinated omission).
//
//   load PORT CONNECTIONS RATE SECONDS PATH       prints a JSON object
#include "connect_to.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
using clock = std::chrono::steady_clock;

struct connection {
  int fd;
  clock::time_point due{};  // of the request under way
  std::size_t received = 0;
};

class load {
 public:
  load(int port, int connections, double rate, std::string_view path)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        interval_(1e9 / rate),
        request_("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        all_(static_cast<std::size_t>(connections)) {
    for (auto& one : all_) {
      one.fd = connect_to(port);
      epoll_event what{};
      what.events = EPOLLIN;
      what.data.ptr = &one;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.fd, &what);
      free_.push_back(&one);
    }
    learn_answer();
  }

  void run(std::chrono::duration<double> howlong) {
    start_ = clock::now();
    const auto end = start_ + std::chrono::duration_cast<clock::duration>(howlong);
    const auto patience = end + std::chrono::seconds(5);
    latencies_.reserve(static_cast<std::size_t>(howlong.count() * 1e9 / interval_) + 1);
    for (auto now = start_; now < end || busy() || !waiting_.empty(); now = clock::now()) {
      if (now > patience) throw std::runtime_error("answers are missing");
      for (; due_at(sent_) <= now && due_at(sent_) < end; ++sent_) waiting_.push_back(due_at(sent_));
      send_waiting();
      receive(now, now < end ? due_at(sent_) : patience);
    }
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [this](double share) {
      if (latencies_.empty()) return 0.0;
      return latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))];
    };
    std::printf("{\"requests\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f}\n",
                latencies_.size(), at(0.5), at(0.99), at(0.999), at(1));
  }

 private:
  clock::time_point due_at(std::size_t number) const {
    return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) * interval_));
  }
  bool busy() const { return free_.size() != all_.size(); }

  /// All answers have the size of the first one.
  void learn_answer() {
    std::array<char, 65536> in;
    const int fd = all_.front().fd;
    if (::send(fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("cannot send");
    std::string got;
    for (std::size_t wanted = 1; got.size() < wanted;) {
      const auto n = ::recv(fd, in.data(), in.size(), 0);
      if (n <= 0) throw std::runtime_error("no answer");
      got.append(in.data(), static_cast<std::size_t>(n));
      const auto head = got.find("\r\n\r\n");
      const auto length = got.find("Content-Length: ");
      wanted = head == got.npos ? got.size() + 1 : head + 4;
      if (head != got.npos && length < head) wanted += std::strtoul(got.c_str() + length + 16, nullptr, 10);
    }
    if (!got.starts_with("HTTP/1.1 200 "sv)) throw std::runtime_error("not a 200");
    answer_size_ = got.size();
  }

  void send_waiting() {
    while (!waiting_.empty() && !free_.empty()) {
      auto* one = free_.back();
      free_.pop_back();
      one->due = waiting_.front();
      waiting_.pop_front();
      one->received = 0;
      if (::send(one->fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("cannot send");
    }
  }

  void receive(clock::time_point now, clock::time_point next) {
    std::array<epoll_event, 256> ready;
    const auto left = std::max<std::int64_t>(0, std::chrono::nanoseconds(next - now).count());
    const timespec until{left / 1'000'000'000, left % 1'000'000'000};
    const int count = ::epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &until, nullptr);
    std::array<char, 65536> in;
    for (int i = 0; i < count; ++i) {
      auto& one = *static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const auto n = ::recv(one.fd, in.data(), in.size(), 0);
      if (n <= 0) throw std::runtime_error("the server has closed a connection");
      one.received += static_cast<std::size_t>(n);
      if (one.received < answer_size_) continue;
      latencies_.push_back(std::chrono::duration<double, std::micro>(clock::now() - one.due).count());
      free_.push_back(&one);
    }
  }

  int epoll_;
  double interval_;  // nanoseconds
  std::string request_;
  std::size_t answer_size_ = 0;
  std::vector<connection> all_;
  std::vector<connection*> free_;
  std::deque<clock::time_point> waiting_;  // due, but every connection is busy
  clock::time_point start_{};
  std::size_t sent_ = 0;
  std::vector<double> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: load PORT CONNECTIONS RATE SECONDS PATH\n", stderr);
    return 2;
  }
  try {
    load one(std::atoi(argv[1]), std::atoi(argv[2]), std::atof(argv[3]), argv[5]);
    one.run(std::chrono::duration<double>(std::atof(argv[4])));
    one.print();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "load: %s\n", e.what());
    return 1;
  }
}
