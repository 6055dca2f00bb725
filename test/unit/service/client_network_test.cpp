#include "service/client_network.hpp"

#include <gtest/gtest.h>

namespace sundown::test {
namespace {

// An IPv4 address is a client, whatever it is written in; of IPv6 a /64 is one.
TEST(ClientNetwork, IsWhatOneClientCanTakeAddressesOf) {
  const struct {
    std::string_view address, client;
  } table[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::ffff:c000:201", "192.0.2.1"},
      {"64:ff9b::c000:201", "192.0.2.1"},
      {"64:ff9b:1::c000:201", "64:ff9b:1::/64"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8:1:2::", "2001:db8:1:2::/64"},
      {"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
      {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
      {"::1", "::/64"},
      {"fe80::1%eth0", "fe80::/64"},
      {"unknown", "unknown"},
      {"", ""},
  };
  for (const auto& [address, client] : table) EXPECT_EQ(serving::client_network(address), client) << address;
}

}  // namespace
}  // namespace sundown::test
