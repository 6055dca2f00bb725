#include "http/syn_filter.hpp"

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <tuple>

namespace sundown::http::detail {

namespace {

constexpr std::uint32_t flags_byte = 13;  // of the TCP header (RFC 9293 §3.1)
constexpr std::uint32_t syn = 0x02;
constexpr std::uint32_t ack = 0x10;
constexpr int largest_ttl = 255;

/// Of IPv6, that is; it may have IPv4 clients too.
bool takes_both_families(int socket) noexcept {
  int family = AF_INET;
  socklen_t size = sizeof family;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family == AF_INET6;
}

/// In network byte order.
std::uint16_t local_port(int socket) noexcept {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
  return reinterpret_cast<const sockaddr_in*>(&at)->sin_port;  // the same place in a sockaddr_in6
}

/// No packet with a lower TTL (hop limit) is taken.
boost::system::error_code set_least_ttl(int socket, int least) noexcept {
  if (::setsockopt(socket, IPPROTO_IP, IP_MINTTL, &least, sizeof least) == 0 &&
      (!takes_both_families(socket) || ::setsockopt(socket, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &least, sizeof least) == 0))
    return {};
  return {errno, boost::system::system_category()};
}

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

struct diag_request {
  nlmsghdr header{};
  inet_diag_req_v2 body{};
};

bool ask(int netlink, std::uint8_t family, std::uint16_t port) noexcept {
  diag_request request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1U << TCP_SYN_RECV;
  request.body.id.idiag_sport = port;
  return ::send(netlink, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
}

/// Counts the answers to one dump; nullopt on an error.
std::optional<std::size_t> count_answers(int netlink) noexcept {
  std::size_t count = 0;
  alignas(nlmsghdr) std::array<char, 16 << 10> buffer;
  for (;;) {
    const auto got = ::recv(netlink, buffer.data(), buffer.size(), 0);
    if (got <= 0) return std::nullopt;
    auto left = static_cast<unsigned>(got);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return count;
      if (message->nlmsg_type == NLMSG_ERROR) return std::nullopt;
      ++count;
    }
  }
}

}  // namespace

boost::system::error_code drop_new_syns(int listening_socket) noexcept {
  std::array<sock_filter, 5> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_byte), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),  // drop
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),                                         // keep whole
  }};
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) == 0) return {};
  if (errno == EPERM) return set_least_ttl(listening_socket, largest_ttl);
  return {errno, boost::system::system_category()};
}

void hear_again(int accepted_socket) noexcept { std::ignore = set_least_ttl(accepted_socket, 0); }

std::optional<std::size_t> handshakes_under_way(int listening_socket) noexcept {
  const descriptor netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (netlink.get() < 0) return std::nullopt;
  const auto of = [&](std::uint8_t family) -> std::optional<std::size_t> {
    if (!ask(netlink.get(), family, local_port(listening_socket))) return std::nullopt;
    return count_answers(netlink.get());
  };
  const auto v4 = of(AF_INET);
  if (!v4 || !takes_both_families(listening_socket)) return v4;
  const auto v6 = of(AF_INET6);
  if (!v6) return std::nullopt;
  return *v4 + *v6;
}

}  // namespace sundown::http::detail
