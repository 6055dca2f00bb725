#pragma once

#include <sundown/testing/unique_fd.hpp>

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::testing::drain_kit {

/// All that is in a file, which may be a pipe. Throws std::system_error, whose what() tells the user the path and why.
inline std::string read_file(const std::string& path) {
  const auto fail = [&path] { throw std::system_error(errno, std::generic_category(), "can't read '" + path + "'"); };
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail();
  std::string text;
  for (char piece[4096];;) {
    const auto n = ::read(file.get(), piece, sizeof piece);
    if (n == 0) return text;
    if (n > 0) text.append(piece, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) fail();
  }
}

}  // namespace sundown::testing::drain_kit
