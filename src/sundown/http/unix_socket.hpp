#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace sundown::http::detail {

/// What the peer of a unix socket is called where others have an address: it seldom has a name, and its process is none
/// of the request's.
inline constexpr std::string_view unix_peer = "unix:";

/// The path of "unix:/run/orders.sock"; nothing of another address.
std::optional<std::string> unix_path(std::string_view address);

/// A socket of AF_UNIX, not of TCP.
bool is_unix(int socket) noexcept;

/// The file of a listening unix socket. It is removed as long as it is the one that was there when this was made: never
/// one that another process has put in its place. That is told by its number, which no other file gets while the socket
/// is open: remove it before.
class socket_file {
 public:
  explicit socket_file(std::string path);

  const std::string& path() const noexcept { return path_; }
  void remove() noexcept;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t number_ = 0;  ///< 0: there is none, or not any more
};

/// Opens a listening socket there, whose file has this mode (octal, "0660") from the first moment. A file that is a
/// socket nobody listens on any more is replaced. Throws startup_error, which names `key`, for what is no absolute path
/// of less than 108 bytes, for a file that is no socket, for a socket that somebody listens on, and for a folder that
/// is missing or may not be written to.
int listen_on_unix(const std::string& key, const std::string& path, const std::string& mode, int backlog);

}  // namespace sundown::http::detail
