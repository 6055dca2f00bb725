#include "support/redis_stub.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace sundown::test {
namespace {

/// The name of the first command in what has come, which is then cut off; "" if it isn't whole yet.
std::string take_command(std::string& input) {
  std::size_t at = 0;
  const auto number = [&](char mark) -> long {
    const auto end = input.find("\r\n", at);
    if (end == std::string::npos || input.at(at) != mark) return -1;
    const auto out = std::stol(input.substr(at + 1, end - at - 1));
    at = end + 2;
    return out;
  };
  if (input.empty()) return {};
  std::string name;
  for (auto left = number('*'); left > 0; --left) {
    if (at >= input.size()) return {};
    const auto size = number('$');
    if (size < 0 || input.size() < at + static_cast<std::size_t>(size) + 2) return {};
    if (name.empty()) name = input.substr(at, static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(size) + 2;
  }
  input.erase(0, at);
  return name;
}

}  // namespace

redis_stub::redis_stub()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  if (::bind(listener_.get(), address, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), address, &size) != 0)
    throw std::runtime_error("can't listen");
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this] { run(); });
}

redis_stub::~redis_stub() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void redis_stub::answer(std::string line, bool greeting) {
  const std::lock_guard lock(mutex_);
  line_ = std::move(line);
  greeting_ = greeting;
}

std::string redis_stub::answer_to(const std::string& command) const {
  const std::lock_guard lock(mutex_);
  if (command == "HELLO" && !greeting_) return "%1\r\n+server\r\n+redis\r\n";
  return command == "QUIT" ? "+OK\r\n" : line_ + "\r\n";
}

void redis_stub::run() {
  for (;;) {
    std::vector<pollfd> waiting{{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& [fd, about] : clients_) waiting.push_back({fd, POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    for (std::size_t i = 2; i < waiting.size(); ++i) {
      const int fd = waiting[i].fd;
      if (waiting[i].revents != 0 && !serve(fd, clients_[fd].second)) clients_.erase(fd);
    }
    if (waiting[1].revents != 0) accept_one();
  }
}

void redis_stub::accept_one() {
  unique_fd fresh(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fresh) return;
  ++accepted_;
  const int fd = fresh.get();
  clients_[fd].first = std::move(fresh);
}

/// False when the client is gone.
bool redis_stub::serve(int fd, std::string& input) {
  char buffer[4096];
  const auto got = ::recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  input.append(buffer, static_cast<std::size_t>(got));
  for (auto command = take_command(input); !command.empty(); command = take_command(input)) {
    const auto text = answer_to(command);
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return false;
    if (command == "QUIT") return false;
  }
  return true;
}

}  // namespace sundown::test
