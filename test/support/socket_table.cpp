#include "support/socket_table.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sundown::test {
namespace {

constexpr unsigned established = 0x01, close_wait = 0x08, listening = 0x0A;

unsigned long hex(const std::string& text) { return std::strtoul(text.c_str(), nullptr, 16); }

void read_table(const char* path, std::vector<socket_entry>& into) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the column names
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::string slot, local, remote, state, queues, timer, retries, uid, timeout;
    socket_entry entry;
    columns >> slot >> local >> remote >> state >> queues >> timer >> retries >> uid >> timeout >> entry.inode;
    const auto kind = hex(state);
    if (kind != established && kind != close_wait && kind != listening) continue;
    entry.listening = kind == listening;
    entry.local_port = static_cast<std::uint16_t>(hex(local.substr(local.find(':') + 1)));
    entry.unread = hex(queues.substr(queues.find(':') + 1));
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
    if (target.starts_with("socket:[")) inodes.insert(std::strtoul(target.c_str() + 8, nullptr, 10));
  }
  std::set<std::uint16_t> ports;
  for (const auto& entry : socket_table())
    if (entry.listening && inodes.contains(entry.inode)) ports.insert(entry.local_port);
  return ports;
}

bool all_read(std::uint16_t port) {
  const auto table = socket_table();
  return std::none_of(table.begin(), table.end(),
                      [port](const socket_entry& entry) { return entry.local_port == port && entry.unread > 0; });
}

}  // namespace sundown::test
