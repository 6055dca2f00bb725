// A listening socket made deaf, step by step: with the packet filter, and where the kernel refuses it.
#include "http/syn_filter.hpp"
#include "support/packet_filters.hpp"
#include "support/testing.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <netinet/tcp.h>
#include <poll.h>

#include <array>
#include <string>
#include <thread>

namespace sundown::test {
namespace {

using boost::asio::ip::tcp;

struct socket_kind {
  const char* name;
  const char* listens;
  const char* client;
  bool filter_refused;
};

class SynFilter : public testing::TestWithParam<socket_kind> {
 protected:
  void SetUp() override {
    if (raw_client().connect({GetParam().client, 1}) == connecting::failed)
      GTEST_SKIP() << GetParam().client << " is not there: sysctl net.ipv6.conf.lo.disable_ipv6=0";
    const tcp::endpoint any(boost::asio::ip::make_address(GetParam().listens), 0);
    listener_.open(any.protocol());
    if (any.address().is_v6()) listener_.set_option(boost::asio::ip::v6_only(false));
    listener_.bind(any);
    // The kernel completes a handshake with the first byte only: so one can be under way for as long as a test wants.
    const int seconds = 60;
    ::setsockopt(listener_.native_handle(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
    listener_.listen();
  }

  endpoint where() const { return {GetParam().client, listener_.local_endpoint().port()}; }

  /// On a thread of its own, which may not attach packet filters if the case is that.
  void make_deaf() {
    std::thread([this] {
      const bool as_wanted = !GetParam().filter_refused || refuse_packet_filters();
      EXPECT_TRUE(as_wanted);
      EXPECT_FALSE(http::detail::drop_new_syns(listener_.native_handle()));
    }).join();
  }

  bool someone_waits(milliseconds limit) {
    pollfd one{listener_.native_handle(), POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(limit.count())) == 1;
  }

  boost::asio::io_context context_;
  tcp::acceptor listener_{context_};
};

// A new client is not heard, which is not the same as refused: it tries again after a second.
TEST_P(SynFilter, KeepsNewClientsOut) {
  EXPECT_EQ(raw_client().connect(where()), connecting::connected);
  make_deaf();
  EXPECT_EQ(raw_client().connect(where(), 200ms), connecting::timed_out);
}

// A client whose handshake is under way gets in, and what it sends afterwards is heard, too.
TEST_P(SynFilter, LetsHandshakesUnderWayComplete) {
  raw_client client;
  ASSERT_EQ(client.connect(where()), connecting::connected);
  EXPECT_EQ(http::detail::handshakes_under_way(listener_.native_handle()), 1U);
  make_deaf();
  ASSERT_EQ(client.send("first"), sending::sent);
  ASSERT_TRUE(someone_waits(ample));
  EXPECT_EQ(http::detail::handshakes_under_way(listener_.native_handle()), 0U);
  auto accepted = listener_.accept();
  http::detail::hear_again(accepted.native_handle());
  ASSERT_EQ(client.send(" second"), sending::sent);
  accepted.non_blocking(true);
  std::string heard;
  EXPECT_TRUE(eventually(ample, [&] {
    std::array<char, 64> some{};
    boost::system::error_code none_yet;
    heard.append(some.data(), accepted.read_some(boost::asio::buffer(some), none_yet));
    return heard == "first second";
  })) << heard;
}

INSTANTIATE_TEST_SUITE_P(Kinds, SynFilter,
                         testing::Values(socket_kind{"IPv4", "127.0.0.1", "127.0.0.1", false},
                                         socket_kind{"IPv6", "::1", "::1", false},
                                         socket_kind{"IPv4OfBoth", "::", "127.0.0.1", false},
                                         socket_kind{"IPv4Refused", "127.0.0.1", "127.0.0.1", true},
                                         socket_kind{"IPv6Refused", "::1", "::1", true},
                                         socket_kind{"IPv4OfBothRefused", "::", "127.0.0.1", true}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace sundown::test
