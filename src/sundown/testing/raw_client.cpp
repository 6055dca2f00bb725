#include <sundown/testing/raw_client.hpp>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace sundown::testing {
namespace {

constexpr std::size_t largest_piece = 64 << 10;

/// False when the limit has passed. An error or a hang-up counts as ready: the call that follows tells which.
bool wait_for(int fd, short events, const deadline& end) {
  for (;;) {
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(end.left().count()));
    if (ready > 0) return true;
    if (ready == 0 && end.passed()) return false;
  }
}

bool is_reset(int fault) { return fault == ECONNRESET || fault == EPIPE; }

struct address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  explicit address(const endpoint& where) {
    constexpr std::string_view unix_prefix = "unix:";
    if (where.address.starts_with(unix_prefix)) {
      sockaddr_un file{};
      file.sun_family = AF_UNIX;
      const auto path = std::string_view(where.address).substr(unix_prefix.size());
      if (path.size() < sizeof file.sun_path) size = sizeof file;
      std::memcpy(file.sun_path, path.data(), std::min(path.size(), sizeof file.sun_path - 1));
      std::memcpy(&storage, &file, sizeof file);
    } else if (where.address.find(':') != std::string::npos) {
      sockaddr_in6 six{};
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(where.port);
      if (::inet_pton(AF_INET6, where.address.c_str(), &six.sin6_addr) == 1) size = sizeof six;
      std::memcpy(&storage, &six, sizeof six);
    } else {
      sockaddr_in four{};
      four.sin_family = AF_INET;
      four.sin_port = htons(where.port);
      if (::inet_pton(AF_INET, where.address.c_str(), &four.sin_addr) == 1) size = sizeof four;
      std::memcpy(&storage, &four, sizeof four);
    }
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

connecting outcome_of(int fault) {
  if (fault == 0) return connecting::connected;
  if (fault == ECONNREFUSED || fault == ENOENT) return connecting::refused;
  if (is_reset(fault)) return connecting::reset;
  if (fault == ETIMEDOUT) return connecting::timed_out;
  return connecting::failed;
}

template <class Value>
void set_option(int fd, int level, int name, const Value& value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

const char* to_string(connecting how) {
  switch (how) {
    case connecting::connected:
      return "connected";
    case connecting::refused:
      return "refused";
    case connecting::reset:
      return "reset";
    case connecting::timed_out:
      return "timed out";
    case connecting::failed:
      return "failed";
  }
  return "?";
}

const char* to_string(sending how) {
  return how == sending::sent ? "sent" : how == sending::reset ? "reset" : "timed out";
}

connecting raw_client::connect(const endpoint& where, milliseconds limit) {
  input_.clear();
  const address to(where);
  if (to.size == 0) return connecting::failed;
  unique_fd fd(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return connecting::failed;
  if (receive_buffer_ > 0) set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer_);
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  const deadline end(limit);
  int fault = ::connect(fd.get(), to.get(), to.size) == 0 ? 0 : errno;
  // The queue of a unix socket is full, which is an event for nobody.
  while (fault == EAGAIN && !end.passed()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    fault = ::connect(fd.get(), to.get(), to.size) == 0 ? 0 : errno;
  }
  if (fault == EINPROGRESS) {
    if (!wait_for(fd.get(), POLLOUT, end)) return connecting::timed_out;
    socklen_t size = sizeof fault;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
  }
  if (fault == 0) fd_ = std::move(fd);
  return outcome_of(fault);
}

sending raw_client::send(std::string_view bytes, milliseconds limit) {
  const deadline end(limit);
  while (!bytes.empty()) {
    const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EINTR)
      continue;
    else if (errno != EAGAIN)
      return sending::reset;
    else if (!wait_for(fd_.get(), POLLOUT, end))
      return sending::timed_out;
  }
  return sending::sent;
}

sending raw_client::send_byte_by_byte(std::string_view bytes, milliseconds limit) {
  const deadline end(limit);
  for (const char& one : bytes)
    if (const auto how = send({&one, 1}, end.left()); how != sending::sent) return how;
  return sending::sent;
}

ending raw_client::read_some(std::size_t most, milliseconds limit) {
  const deadline end(limit);
  // Not straight into the string: ten thousand idle clients would each keep the room for a whole piece.
  std::array<char, largest_piece> piece;
  for (;;) {
    const auto n = ::recv(fd_.get(), piece.data(), std::min(most, piece.size()), 0);
    if (n > 0) input_.append(piece.data(), static_cast<std::size_t>(n));
    if (n > 0) return ending::open;
    if (n == 0) return ending::fin;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return ending::rst;
    if (!wait_for(fd_.get(), POLLIN, end)) return ending::timed_out;
  }
}

reply raw_client::read_response(milliseconds limit, bool bodiless) {
  const deadline end(limit);
  reply_parser parser(bodiless);
  auto how = ending::open;
  for (;;) {
    parser.feed(input_);
    if (parser.done() || parser.broken() || how != ending::open) break;
    how = read_some(largest_piece, end.left());
    if (how == ending::fin) parser.finish();
  }
  auto answer = parser.take();
  answer.end = how;
  return answer;
}

ending raw_client::read_until_end(milliseconds limit) {
  const deadline end(limit);
  for (;;)
    if (const auto how = read_some(largest_piece, end.left()); how != ending::open) return how;
}

bool raw_client::read_until(std::string_view text, milliseconds limit) {
  const deadline end(limit);
  while (input_.find(text) == std::string::npos)
    if (read_some(largest_piece, end.left()) != ending::open) return false;
  return true;
}

int raw_client::unacknowledged() const {
  int bytes = 0;
  ::ioctl(fd_.get(), TIOCOUTQ, &bytes);
  return bytes;
}

void raw_client::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

void raw_client::reset() {
  set_option(fd_.get(), SOL_SOCKET, SO_LINGER, linger{1, 0});
  fd_.reset();
}

reply ask(const endpoint& where, std::string_view request, milliseconds limit) {
  raw_client client;
  reply answer;
  const auto how = client.connect(where, limit);
  if (how == connecting::timed_out)
    answer.end = ending::timed_out;
  else if (how != connecting::connected)
    answer.end = ending::rst;
  if (how != connecting::connected) return answer;
  // A server may refuse a request before it has read all of it: the answer counts, whatever became of the rest.
  client.send(request, limit);
  return client.read_response(limit, request.starts_with("HEAD "));
}

std::string get(std::string_view target, std::string_view fields) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: sundown.test\r\n").append(fields).append("\r\n");
  return request;
}

std::string post(std::string_view target, std::string_view body, std::string_view type, std::string_view method) {
  std::string request(method);
  request.append(" ").append(target).append(" HTTP/1.1\r\nHost: sundown.test\r\nContent-Type: ").append(type);
  request.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return request;
}

}  // namespace sundown::testing
