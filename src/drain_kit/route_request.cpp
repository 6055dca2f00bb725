#include "drain_kit/route_request.hpp"

#include <sundown/testing/unique_fd.hpp>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace sundown::testing::drain_kit {
namespace {

[[noreturn]] void refuse(const char* what, int fault) { throw std::system_error(fault, std::generic_category(), what); }

}  // namespace

route_request::route_request(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  body(head);
}

void route_request::append(std::string_view bytes) {
  bytes_.append(bytes);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

route_request& route_request::attribute(std::uint16_t type, std::string_view value) {
  rtattr head{};
  head.rta_type = type;
  head.rta_len = static_cast<std::uint16_t>(sizeof head + value.size());
  append({reinterpret_cast<const char*>(&head), sizeof head});
  append(value);
  return *this;
}

void route_request::close(std::size_t at) {
  const auto size = static_cast<std::uint16_t>(bytes_.size() - at);
  std::memcpy(&bytes_[at + offsetof(rtattr, rta_len)], &size, sizeof size);
}

route_request& route_request::text(std::uint16_t type, const std::string& value) {
  return attribute(type, {value.c_str(), value.size() + 1});
}

route_request& route_request::number(std::uint16_t type, std::uint32_t value) {
  return attribute(type, {reinterpret_cast<const char*>(&value), sizeof value});
}

route_request& route_request::address(std::uint16_t type, std::uint32_t value) { return number(type, htonl(value)); }

void route_request::send(const char* what) {
  const auto size = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(&bytes_[offsetof(nlmsghdr, nlmsg_len)], &size, sizeof size);
  const unique_fd kernel(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!kernel || ::send(kernel.get(), bytes_.data(), bytes_.size(), 0) < 0) refuse(what, errno);
  struct {
    nlmsghdr head;
    nlmsgerr body;
    std::array<char, 4096> question;  // comes back where it was refused
  } answer{};
  if (::recv(kernel.get(), &answer, sizeof answer, 0) < 0) refuse(what, errno);
  if (answer.head.nlmsg_type == NLMSG_ERROR && answer.body.error != 0) refuse(what, -answer.body.error);
}

}  // namespace sundown::testing::drain_kit
