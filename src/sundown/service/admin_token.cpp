#include "service/admin_token.hpp"

#include "log/write_all.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace sundown::serving {

namespace {

std::string name_of(const admin_config& given) { return "admin.token_file '" + given.token_file + "' "; }

std::string reason(int number) { return std::generic_category().message(number); }

/// 32 bytes of the system's as hexadecimal digits.
std::string random_token() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 32> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw startup_error("admin.token_file: the system has no random numbers: " + reason(errno));
  std::string token;
  for (const auto byte : bytes) {
    token += digits[byte >> 4];
    token += digits[byte & 15];
  }
  return token;
}

/// Whole or not at all: another process that starts at the same time reads what the first one has made.
void make_file(const admin_config& given, const std::string& token) {
  const auto made = given.token_file + '.' + std::to_string(::getpid());
  const int file = ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0)
    throw startup_error(name_of(given) + "can't be made: " + reason(errno) +
                        "; give a folder that this user may write to, or set admin.token");
  const auto line = token + '\n';
  const bool written = log::write_all(file, line) == line.size() && ::fsync(file) == 0;
  const auto why = errno;
  ::close(file);
  bool linked = written && (::link(made.c_str(), given.token_file.c_str()) == 0 || errno == EEXIST);
  // Not every file system has links.
  if (written && !linked) linked = ::rename(made.c_str(), given.token_file.c_str()) == 0;
  const auto not_linked = errno;
  ::unlink(made.c_str());
  if (!linked) throw startup_error(name_of(given) + "can't be made: " + reason(written ? not_linked : why));
}

}  // namespace

result<std::string> read_admin_token(const admin_config& given) {
  if (!given.token.empty() || given.token_file.empty()) return given.token;
  errno = 0;
  std::ifstream in(given.token_file);
  std::string token;
  if (!in || !std::getline(in, token))
    return error{errc::invalid, name_of(given) + (errno != 0 ? "can't be read: " + reason(errno) : "is empty")};
  for (const char c : token) {
    if (c <= ' ' || c > '~')
      return error{errc::invalid, name_of(given) +
                                      "must have a token of printable ASCII without spaces, alone on its "
                                      "first line"};
  }
  if (token.empty()) return error{errc::invalid, name_of(given) + "begins with an empty line instead of a token"};
  return token;
}

std::string provide_admin_token(const admin_config& given) {
  const bool from_file = given.token.empty() && !given.token_file.empty();
  if (from_file && ::access(given.token_file.c_str(), F_OK) != 0 && errno == ENOENT) make_file(given, random_token());
  const auto token = read_admin_token(given);
  if (!token) throw startup_error(token.error().detail + "; mend it, or remove it to have one made");
  return *token;
}

}  // namespace sundown::serving
