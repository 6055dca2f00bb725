#include "support/socket_table.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sundown::test {
namespace {

constexpr unsigned established = 0x01, close_wait = 0x08, listening = 0x0A;

/// The next column of a line; columns stand apart by blanks.
std::string_view take_column(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto column = line.substr(0, line.find(' '));
  line.remove_prefix(column.size());
  return column;
}

unsigned long number(std::string_view text, int base = 16) {
  unsigned long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// By hand, since a table can have ten thousand lines: those of connections that are over stay for a minute.
void read_table(const char* path, std::vector<socket_entry>& into) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);  // the column names
  while (std::getline(file, text)) {
    std::string_view line(text);
    take_column(line);
    const auto local = take_column(line);
    take_column(line);
    const auto kind = number(take_column(line));
    if (kind != established && kind != close_wait && kind != listening) continue;
    const auto queues = take_column(line);
    for (int skipped = 0; skipped < 4; ++skipped) take_column(line);
    socket_entry entry;
    entry.listening = kind == listening;
    entry.local_port = static_cast<std::uint16_t>(number(local.substr(local.find(':') + 1)));
    entry.unsent = number(queues.substr(0, queues.find(':')));
    entry.unread = number(queues.substr(queues.find(':') + 1));
    entry.inode = number(take_column(line), 10);
    into.push_back(entry);
  }
}

}  // namespace

std::vector<socket_entry> socket_table() {
  std::vector<socket_entry> all;
  read_table("/proc/net/tcp", all);
  read_table("/proc/net/tcp6", all);
  return all;
}

std::set<std::uint16_t> listening_ports(pid_t pid) {
  std::set<unsigned long> inodes;
  std::error_code fault;
  const auto descriptors = "/proc/" + std::to_string(pid) + "/fd";
  for (std::filesystem::directory_iterator one(descriptors, fault), end; !fault && one != end; one.increment(fault)) {
    const auto target = std::filesystem::read_symlink(one->path(), fault).string();
    if (target.starts_with("socket:[")) inodes.insert(number(std::string_view(target).substr(8), 10));
  }
  std::set<std::uint16_t> ports;
  for (const auto& entry : socket_table())
    if (entry.listening && inodes.contains(entry.inode)) ports.insert(entry.local_port);
  return ports;
}

std::size_t unsent_bytes(std::uint16_t port) {
  std::size_t sum = 0;
  for (const auto& entry : socket_table())
    if (entry.local_port == port) sum += entry.unsent;
  return sum;
}

bool all_read(std::uint16_t port) {
  const auto table = socket_table();
  return std::none_of(table.begin(), table.end(),
                      [port](const socket_entry& entry) { return entry.local_port == port && entry.unread > 0; });
}

}  // namespace sundown::test
