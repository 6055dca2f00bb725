#include <sundown/testing/notify_socket.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace sundown::testing {

bool notice::says(std::string_view line) const {
  return ("\n" + text + "\n").find("\n" + std::string(line) + "\n") != std::string::npos;
}

std::string notice::value(std::string_view name) const {
  const auto all = "\n" + text;
  const auto mark = "\n" + std::string(name) + "=";
  const auto found = all.find(mark);
  if (found == std::string::npos) return {};
  const auto from = found + mark.size();
  return all.substr(from, all.find('\n', from) - from);
}

notify_socket::notify_socket(std::string name)
    : name_(std::move(name)),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, name_.data(), name_.size());
  auto length = offsetof(sockaddr_un, sun_path) + name_.size();
  if (name_.front() == '@')
    at.sun_path[0] = '\0';
  else
    ++length;
  const int on = 1;
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), static_cast<socklen_t>(length)) != 0 ||
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
    throw std::system_error(errno, std::generic_category(), name_);
  }
  thread_ = std::thread([this] { run(); });
}

notify_socket::~notify_socket() {
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void notify_socket::run() {
  for (;;) {
    std::array<pollfd, 2> wait{{{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    ::poll(wait.data(), wait.size(), -1);
    if (wait[1].revents != 0) return;
    std::array<char, 4096> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec where{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &where;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (got < 0) continue;
    ucred sender{};
    if (const auto* one = CMSG_FIRSTHDR(&message)) std::memcpy(&sender, CMSG_DATA(one), sizeof sender);
    {
      const std::lock_guard lock(mutex_);
      notices_.push_back({std::string(text.data(), static_cast<std::size_t>(got)), sender.pid, clock::now()});
    }
    changed_.notify_all();
  }
}

std::vector<notice> notify_socket::notices() const {
  const std::lock_guard lock(mutex_);
  return notices_;
}

std::optional<notice> notify_socket::wait_for(const std::function<bool(const notice&)>& accepts, std::size_t from,
                                              milliseconds limit) const {
  const deadline end(limit);
  std::unique_lock lock(mutex_);
  for (auto seen = from;;) {
    for (; seen < notices_.size(); ++seen)
      if (accepts(notices_[seen])) return notices_[seen];
    if (!changed_.wait_until(lock, end.at(), [&] { return notices_.size() > seen; })) return std::nullopt;
  }
}

std::optional<notice> notify_socket::wait_for(std::string_view line, std::size_t from, milliseconds limit) const {
  return wait_for([line](const notice& one) { return one.says(line); }, from, limit);
}

}  // namespace sundown::testing
