// The reference of every comparison: what the kernel alone costs. Epoll, one thread a core with a listener of its own,
// a canned answer. No parsing, no limits, no timeouts: not a server, the floor under all servers.
//
//   raw_epoll PORT THREADS [close]      close: one request a connection
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::string_view_literals;

struct connection {
  int fd;
  std::string rest;  // the beginning of a request that is not whole yet
};

int listen_on(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(fd, 4096) != 0) {
    std::perror("raw_epoll: listen");
    std::exit(1);
  }
  return fd;
}

/// The answer, with the date of this second.
class answer {
 public:
  explicit answer(bool close) : close_(close) {}

  const std::string& now() {
    timespec time;
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    if (time.tv_sec == second_) return text_;
    second_ = time.tv_sec;
    tm utc;
    ::gmtime_r(&second_, &utc);
    char date[64];
    text_ = "HTTP/1.1 200 OK\r\nServer: raw\r\nDate: ";
    text_.append(date, std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc));
    text_ += "\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n";
    if (close_) text_ += "Connection: close\r\n";
    text_ += "\r\nHello, World!";
    return text_;
  }

 private:
  bool close_;
  std::time_t second_ = 0;
  std::string text_;
};

/// The bytes of the first request; 0 if it is not whole. Only a POST is looked at for a body.
std::size_t request_size(std::string_view in) {
  const auto end = in.find("\r\n\r\n"sv);
  if (end == in.npos) return 0;
  std::size_t size = end + 4;
  if (in.front() == 'P') {
    constexpr auto name = "Content-Length: "sv;
    const auto at = in.substr(0, end).find(name);
    if (at != in.npos) {
      std::size_t body = 0;
      std::from_chars(in.data() + at + name.size(), in.data() + end, body);
      size += body;
    }
  }
  return size <= in.size() ? size : 0;
}

class loop {
 public:
  loop(int port, bool close)
      : listener_(listen_on(port)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), close_(close), answer_(close) {
    watch(listener_, nullptr);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> ready;
    for (;;) {
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
      const auto& text = answer_.now();
      for (int i = 0; i < count; ++i) {
        auto* one = static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
        if (!one) {
          accept_all();
        } else if (!serve(*one, text)) {
          ::close(one->fd);
          delete one;
        }
      }
    }
  }

 private:
  void watch(int fd, connection* one) {
    epoll_event what{};
    what.events = EPOLLIN;
    what.data.ptr = one;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &what);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(fd, new connection{fd, {}});
    }
  }

  bool serve(connection& from, const std::string& text) {
    const auto got = ::recv(from.fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    std::string_view in(buffer_.data(), static_cast<std::size_t>(got));
    if (!from.rest.empty()) in = from.rest.append(in);
    out_.clear();
    while (!in.empty()) {
      const auto size = request_size(in);
      if (size == 0) break;
      in.remove_prefix(size);
      out_ += text;
    }
    if (!in.empty()) {
      from.rest = std::string(in);
    } else if (!from.rest.empty()) {
      from.rest.clear();
    }
    if (out_.empty()) return true;
    return ::send(from.fd, out_.data(), out_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out_.size()) && !close_;
  }

  int listener_;
  int epoll_;
  bool close_;
  answer answer_;
  std::string out_;
  std::vector<char> buffer_ = std::vector<char>(16384);
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: raw_epoll PORT THREADS [close]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const int port = std::atoi(argv[1]);
  const bool close = argc > 3 && argv[3] == "close"sv;
  for (int i = 1; i < std::atoi(argv[2]); ++i) std::thread([=] { loop(port, close).run(); }).detach();
  loop(port, close).run();
}
