#include "base/ip_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sundown::base {
namespace {

// An address has one text; an IPv4 one has it however it is written. A scope is no part of it.
TEST(IpAddress, HasOneText) {
  const struct {
    std::string_view given, text;
  } table[] = {
      {"192.0.2.1", "192.0.2.1"},       {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::ffff:c000:201", "192.0.2.1"}, {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
      {"2001:DB8::0:1", "2001:db8::1"}, {"::", "::"},
      {"fe80::1%eth0", "fe80::1"},      {"64:ff9b::c000:201", "64:ff9b::c000:201"},
  };
  for (const auto& [given, text] : table) {
    const auto address = ip_address::parse(given);
    ASSERT_TRUE(address) << given;
    EXPECT_EQ(address->text(), text) << given;
    EXPECT_EQ(address, ip_address::parse(text)) << given;
  }
}

// What is nearly one is none.
TEST(IpAddress, IsNothingElse) {
  for (const std::string_view given :
       {"", " ", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1:80", "[::1]",
        "::1::", "0x7f.0.0.1", "2130706433", "192.0.2.1%eth0", "localhost", "1:2:3:4:5:6:7:8:9", "::ffff:192.0.2.1.1"})
    EXPECT_FALSE(ip_address::parse(given)) << given;
  EXPECT_FALSE(ip_address::parse(std::string_view("192.0.2.1\0", 10)));
}

// The loopback of IPv4 is a network, that of IPv6 an address.
TEST(IpAddress, KnowsTheLoopback) {
  for (const auto* given : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.6"})
    EXPECT_TRUE(ip_address::parse(given)->is_loopback()) << given;
  for (const auto* given : {"128.0.0.1", "10.0.0.1", "::2", "::", "0.0.0.0", "1::1"})
    EXPECT_FALSE(ip_address::parse(given)->is_loopback()) << given;
}

// A network has the addresses that begin as it does, in whichever form it is written, and none of the other family.
TEST(IpNetwork, HasWhatBeginsAsItDoes) {
  const struct {
    std::string_view network, inside, outside;
  } table[] = {
      {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
      {"10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"},
      {"10.1.2.3/8", "10.0.0.0", "9.255.255.255"},
      {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
      {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
      {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
      {"0.0.0.0/0", "255.255.255.255", "::1"},
      {"::/0", "ffff::1", "192.0.2.1"},
      {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"},
      {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
      {"::1/128", "::1", "::"},
      {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"},
      {"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.3"},
  };
  for (const auto& [text, inside, outside] : table) {
    const auto network = ip_network::parse(text);
    ASSERT_TRUE(network) << text;
    EXPECT_TRUE(network->contains(*ip_address::parse(inside))) << text << ' ' << inside;
    EXPECT_FALSE(network->contains(*ip_address::parse(outside))) << text << ' ' << outside;
  }
}

// A prefix is a number of bits that the family has.
TEST(IpNetwork, IsNothingElse) {
  for (const std::string_view given :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/x",
        "10.0.0/8", "2001:db8::/129", "fe80::1%eth0/64", "[::1]/128", "::ffff:10.0.0.0/95", "localhost", "*", "all"})
    EXPECT_FALSE(ip_network::parse(given)) << given;
}

}  // namespace
}  // namespace sundown::base
