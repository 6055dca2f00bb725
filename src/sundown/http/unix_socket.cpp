#include "http/unix_socket.hpp"

#include <sundown/error.hpp>

#include <boost/scope/unique_fd.hpp>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sundown::http::detail {

namespace {

/// A fault of the start: what there is, and what to do.
class place {
 public:
  place(const std::string& key, const std::string& path) : key_(key), path_(path) {
    if (path.empty() || path.front() != '/') refuse("is no absolute path: write it as unix:/run/orders.sock");
    if (path.size() >= sizeof at_.sun_path) {
      refuse("has " + std::to_string(path.size()) + " bytes, and the system takes at most " +
             std::to_string(sizeof at_.sun_path - 1) + ": use a shorter path");
    }
    at_.sun_family = AF_UNIX;
    std::memcpy(at_.sun_path, path.data(), path.size());
  }

  [[noreturn]] void refuse(const std::string& why) const { throw startup_error(key_ + ": unix:" + path_ + ' ' + why); }
  [[noreturn]] void refuse(const char* what, int number) const {
    std::string advice;
    if (number == ENOENT || number == ENOTDIR) {
      advice = ": its folder is not there; make it (in a systemd unit: RuntimeDirectory=)";
    } else if (number == EACCES || number == EPERM || number == EROFS) {
      advice = ": this user may not write to its folder; give it to the user, or use another one";
    }
    refuse("can't be " + std::string(what) + ": " + std::generic_category().message(number) + advice);
  }

  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&at_); }
  static constexpr socklen_t size = sizeof(sockaddr_un);

  /// Removes what a process has left that was killed. There may be nothing.
  void clear() const {
    struct stat there{};
    if (::lstat(path_.c_str(), &there) != 0) {
      if (errno == ENOENT) return;
      refuse("looked at", errno);
    }
    if (!S_ISSOCK(there.st_mode)) refuse("is there and no socket: move it away, or use another path");
    const boost::scope::unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe) refuse("looked at", errno);
    const int fault = ::connect(probe.get(), get(), size) == 0 ? 0 : errno;
    if (fault == 0 || fault == EAGAIN)
      refuse("is in use: " + listener(probe.get()) + " listens there; end it, or use another path");
    if (fault != ECONNREFUSED)
      refuse("may be in use: " + std::generic_category().message(fault) + "; use another path");
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) refuse("removed, though nobody listens there any more", errno);
  }

 private:
  static std::string listener(int connected) {
    ucred other{};
    socklen_t length = sizeof other;
    const bool known = ::getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &other, &length) == 0 && other.pid > 0;
    return known ? "process " + std::to_string(other.pid) : "another process";
  }

  const std::string& key_;
  const std::string& path_;
  sockaddr_un at_{};
};

mode_t mode_of(const place& where, const std::string& text) {
  unsigned bits = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), bits, 8);
  if (fault != std::errc() || end != text.data() + text.size() || bits > 0777)
    where.refuse("can't have the mode '" + text + "': it is octal digits such as 0660");
  return static_cast<mode_t>(bits);
}

}  // namespace

std::optional<std::string> unix_path(std::string_view address) {
  if (!address.starts_with(unix_peer)) return std::nullopt;
  return std::string(address.substr(unix_peer.size()));
}

bool is_unix(int socket) noexcept {
  int family = 0;
  socklen_t size = sizeof family;
  return ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_UNIX;
}

socket_file::socket_file(std::string path) : path_(std::move(path)) {
  struct stat there{};
  if (::lstat(path_.c_str(), &there) != 0 || !S_ISSOCK(there.st_mode)) return;
  device_ = there.st_dev;
  number_ = there.st_ino;
}

void socket_file::remove() noexcept {
  struct stat there{};
  const bool ours =
      number_ != 0 && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == number_;
  if (ours) ::unlink(path_.c_str());
  number_ = 0;
}

int listen_on_unix(const std::string& key, const std::string& path, const std::string& mode, int backlog) {
  const place where(key, path);
  const auto bits = mode_of(where, mode);
  where.clear();
  boost::scope::unique_fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) where.refuse("opened", errno);
  // The file gets the socket's mode, less the umask: nobody else can connect before the chmod that gives it the rest.
  ::fchmod(socket.get(), bits);
  if (::bind(socket.get(), where.get(), place::size) != 0) where.refuse("bound", errno);
  socket_file made(path);
  if (::chmod(path.c_str(), bits) != 0 || ::listen(socket.get(), backlog) != 0) {
    const auto fault = errno;
    made.remove();
    where.refuse("listened on", fault);
  }
  const int opened = socket.get();
  socket.release();
  return opened;
}

}  // namespace sundown::http::detail
