#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

/// A pipe to write a log into; reading is bounded.
class pipe {
 public:
  pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) std::abort();
  }
  ~pipe() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  pipe(const pipe&) = delete;
  pipe& operator=(const pipe&) = delete;

  int write_end() const { return ends_[1]; }

  /// Fills it to the last byte, so that the next write blocks. Returns how many bytes that took.
  std::size_t fill() {
    ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    std::size_t filled = 0;
    while (::write(ends_[1], "#", 1) == 1) ++filled;
    ::fcntl(ends_[1], F_SETFL, 0);
    return filled;
  }

  /// What one read gives, waiting for it for a tenth of a second at most; nothing at the end too.
  std::string read_some() {
    pollfd one{ends_[0], POLLIN, 0};
    if (::poll(&one, 1, 100) <= 0) return {};
    char buffer[4096];
    const auto got = ::read(ends_[0], buffer, sizeof buffer);
    return got <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(got));
  }

  /// Reads until `done` says so of all that came, at most ten seconds.
  template <class Done>
  std::string read_until(Done done) {
    std::string all;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done(all) && std::chrono::steady_clock::now() < limit) {
      pollfd one{ends_[0], POLLIN, 0};
      if (::poll(&one, 1, 100) <= 0) continue;
      const auto more = read_some();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

  void close_write_end() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

  /// Reads until the write end is closed.
  std::string read_all() {
    return read_until([](const std::string&) { return false; });
  }

  /// Closes the write end and reads the rest.
  std::string rest() {
    close_write_end();
    return read_all();
  }

 private:
  int ends_[2];
};

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace sundown::test
