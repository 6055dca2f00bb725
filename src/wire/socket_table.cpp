#include "wire/socket_table.hpp"

#include <sundown/testing/unique_fd.hpp>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

namespace sundown::testing {
namespace {

// The kernel's numbers of TCP states.
constexpr unsigned established = 1, close_wait = 8, listening = 10;

[[noreturn]] void fail(const char* what, int fault) { throw std::system_error(fault, std::generic_category(), what); }

/// Asks for all sockets of a family in the states that count. Not from /proc/net/tcp, which lists the thousands of
/// connections in TIME_WAIT that a storm leaves behind, and takes a tenth of a second for it.
void send_question(const unique_fd& to, std::uint8_t family) {
  struct {
    nlmsghdr head{};
    inet_diag_req_v2 body{};
  } question;
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.body.sdiag_family = family;
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = (1U << established) | (1U << close_wait) | (1U << listening);
  if (::send(to.get(), &question, sizeof question, 0) < 0) fail("socket table: send", errno);
}

socket_entry to_entry(const inet_diag_msg& message) {
  socket_entry entry;
  entry.local_port = ntohs(message.id.idiag_sport);
  entry.listening = message.idiag_state == listening;
  entry.left = message.idiag_state == close_wait;
  entry.unread = message.idiag_rqueue;
  entry.unsent = entry.listening ? 0 : message.idiag_wqueue;  // of a listener it is the backlog
  entry.inode = message.idiag_inode;
  return entry;
}

/// Takes the messages of one datagram; false after the last of the answer.
bool take(const char* bytes, std::size_t size, std::vector<socket_entry>& into) {
  nlmsghdr head;
  for (; size >= sizeof head;) {
    std::memcpy(&head, bytes, sizeof head);
    if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_len < sizeof head) return false;
    if (head.nlmsg_type == NLMSG_ERROR) fail("socket table: the kernel has no inet_diag", EOPNOTSUPP);
    inet_diag_msg message;
    std::memcpy(&message, bytes + NLMSG_HDRLEN, sizeof message);
    into.push_back(to_entry(message));
    const auto step = std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), size);
    bytes += step;
    size -= step;
  }
  return true;
}

void read_table(std::uint8_t family, std::vector<socket_entry>& into) {
  const unique_fd fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) fail("socket table", errno);
  send_question(fd, family);
  std::array<char, 64 << 10> buffer;
  for (;;) {
    const auto n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("socket table: recv", errno);
    if (!take(buffer.data(), static_cast<std::size_t>(n), into)) return;
  }
}

}  // namespace

std::vector<socket_entry> socket_table() {
  std::vector<socket_entry> all;
  read_table(AF_INET, all);
  read_table(AF_INET6, all);
  return all;
}

std::set<std::uint16_t> listening_ports(pid_t pid) {
  constexpr std::string_view mark = "socket:[";
  std::set<unsigned long> inodes;
  std::error_code fault;
  const auto descriptors = "/proc/" + std::to_string(pid) + "/fd";
  for (std::filesystem::directory_iterator one(descriptors, fault), end; !fault && one != end; one.increment(fault)) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(one->path(), gone).string();
    if (target.starts_with(mark)) inodes.insert(std::strtoul(target.c_str() + mark.size(), nullptr, 10));
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

bool is_free(std::uint16_t port) {
  const unique_fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in one{};
  one.sin_family = AF_INET;
  one.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  one.sin_port = htons(port);
  return ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&one), sizeof one) == 0;
}

}  // namespace sundown::testing
