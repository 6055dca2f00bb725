#include "drain_kit/private_network.hpp"

#include "drain_kit/route_request.hpp"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>

#include <cerrno>
#include <system_error>

namespace sundown::testing::drain_kit {
namespace {

// Addresses of RFC 5737, for documentation: they exist in these two namespaces only.
constexpr std::uint32_t outer_address = 0xc0000201, inner_address = 0xc0000202;
constexpr unsigned char prefix = 24;
constexpr auto outer_end = "outside", inner_end = "inside";

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

unique_fd own_namespace() {
  unique_fd one(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  check(one ? 0 : -1, "network namespace");
  return one;
}

/// Up, and packets of 127.0.0.0/8 may pass it (ip-sysctl: route_localnet).
void set_up(const char* interface) {
  ifinfomsg link{};
  link.ifi_family = AF_UNSPEC;
  link.ifi_index = static_cast<int>(::if_nametoindex(interface));
  link.ifi_flags = link.ifi_change = IFF_UP;
  route_request(RTM_NEWLINK, 0)
      .body(link)
      .nested(IFLA_AF_SPEC,
              [](auto& all) {
                all.nested(AF_INET, [](auto& inet) {
                  inet.nested(IFLA_INET_CONF, [](auto& conf) { conf.number(IPV4_DEVCONF_ROUTE_LOCALNET, 1); });
                });
              })
      .send("interface up");
}

void give_address(const char* interface, std::uint32_t address) {
  ifaddrmsg one{};
  one.ifa_family = AF_INET;
  one.ifa_prefixlen = prefix;
  one.ifa_index = ::if_nametoindex(interface);
  route_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)
      .body(one)
      .address(IFA_LOCAL, address)
      .address(IFA_ADDRESS, address)
      .send("address");
}

void lay_cable(int inside) {
  const ifinfomsg any{};
  route_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)
      .body(any)
      .text(IFLA_IFNAME, outer_end)
      .nested(IFLA_LINKINFO,
              [&](auto& info) {
                info.text(IFLA_INFO_KIND, "veth").nested(IFLA_INFO_DATA, [&](auto& data) {
                  data.nested(VETH_INFO_PEER, [&](auto& peer) {
                    peer.body(any).text(IFLA_IFNAME, inner_end).number(IFLA_NET_NS_FD, static_cast<unsigned>(inside));
                  });
                });
              })
      .send("veth");
}

/// To 127.0.0.1 by that cable; the loopback interface of this namespace stays down.
void route_loopback(const char* interface) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = 32;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_LINK;
  route.rtm_type = RTN_UNICAST;
  route_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)
      .body(route)
      .address(RTA_DST, INADDR_LOOPBACK)
      .address(RTA_PREFSRC, outer_address)
      .number(RTA_OIF, ::if_nametoindex(interface))
      .send("route");
}

}  // namespace

private_network::private_network() {
  check(::unshare(CLONE_NEWNET), "unshare");
  inside_ = own_namespace();
  check(::unshare(CLONE_NEWNET), "unshare");
  const auto outside = own_namespace();
  lay_cable(inside_.get());
  check(::setns(inside_.get(), CLONE_NEWNET), "setns");
  set_up("lo");
  set_up(inner_end);
  give_address(inner_end, inner_address);
  check(::setns(outside.get(), CLONE_NEWNET), "setns");
  set_up(outer_end);
  give_address(outer_end, outer_address);
  route_loopback(outer_end);
}

void private_network::cut() {
  if (std::exchange(cut_, true)) return;
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(::if_nametoindex(outer_end));
  if (link.ifi_index == 0) return;
  try {
    route_request(RTM_DELLINK, 0).body(link).send("cable");
  } catch (const std::system_error& e) {
    // The peer goes with its namespace, and this end with it, perhaps just now.
    if (e.code().value() != ENODEV) throw;
  }
}

std::optional<std::string> private_network::lacking() {
  try {
    on_own_thread([] { private_network(); });
    return std::nullopt;
  } catch (const std::system_error& e) {
    if (e.code().value() == EPERM) return "needs root (CAP_SYS_ADMIN), to make namespaces";
    return std::string("this machine makes no such network: ") + e.what();
  }
}

}  // namespace sundown::testing::drain_kit
