// The client's address behind proxies, in each protocol on each listener.
#include "support/testing.hpp"
#include "tls/serving_tls.hpp"
#include "wire/frame_client.hpp"

#include <sundown/http2.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sundown::test {
namespace {

http::response name_client(const http::request& request) {
  const std::string client(request.client()), peer(request.remote());
  return text(client + " by " + peer + ", " + std::string(request.scheme()) + "://" + std::string(request.host()));
}

void routes_with_who(http::router& to) {
  basic_routes(to);
  to.get("/who", name_client);
}

struct dialect {
  const char* name;
  bool tls, http2;
};

class ProxiesOf : public testing::TestWithParam<dialect> {
 protected:
  explicit ProxiesOf() {
    how_.limits.trusted_proxies = {"127.0.0.0/8"};
    how_.http2 = &http2::by_nghttp2();
  }

  /// What the answer to a GET of /who says. `header`: what the connection begins with.
  std::string asked(serving_tls& tls, const std::string& header, const field_list& fields) const {
    const auto [name, encrypted, http2] = GetParam();
    raw_client plain;
    tls_client_options protocols;
    protocols.protocols = http2 ? "\x02h2" : "\x08http/1.1";
    tls_client client(protocols);
    if (encrypted) {
      EXPECT_EQ(client.connect(tls.where()), connecting::connected);
      client.socket().send(header);
      if (!client.handshake()) return "no handshake";
    } else {
      EXPECT_EQ(plain.connect(tls.app().where()), connecting::connected);
      plain.send(header);
    }
    if (http2) {
      std::unique_ptr<wire> over;
      if (encrypted)
        over = std::make_unique<wire_over<tls_client>>(std::move(client));
      else
        over = std::make_unique<wire_over<raw_client>>(std::move(plain));
      frame_client frames(std::move(over));
      return frames.answer(frames.get("/who", fields)).body;
    }
    std::string lines;
    for (const auto& [field, value] : fields) lines += field + ": " + value + "\r\n";
    if (encrypted) {
      client.send(get("/who", lines));
      return client.read_response().body;
    }
    plain.send(get("/who", lines));
    return plain.read_response().body;
  }
  /// What the client itself says, who is no proxy.
  std::string own_place() const {
    return std::string(GetParam().tls ? "https" : "http") + (GetParam().http2 ? "://test" : "://sundown.test");
  }

  setting how_;
};

// The same fields say the same, in whichever protocol they come.
TEST_P(ProxiesOf, SayWhoAsks) {
  serving_tls tls(routes_with_who, how_);
  EXPECT_EQ(asked(tls, "", {}), "127.0.0.1 by 127.0.0.1, " + own_place());
  EXPECT_EQ(asked(tls, "", {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-for", "192.0.2.1, 127.0.0.2"}}),
            "192.0.2.1 by 127.0.0.1, " + own_place());
  EXPECT_EQ(asked(tls, "", {{"forwarded", "for=\"[2001:db8::7]\";proto=http;host=\"a.example:81\""}}),
            "2001:db8::7 by 127.0.0.1, http://a.example:81");
}

// The PROXY protocol's header comes before the handshake of TLS and before the preface of HTTP/2.
TEST_P(ProxiesOf, SpeakTheProxyProtocolFirst) {
  how_.limits.proxy_protocol = "require";
  serving_tls tls(routes_with_who, how_);
  const std::string text_header = "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n";
  const std::string binary_header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\x02\x01\xc6\x33\x64\x07\0\1\0\2\x04\0\0",
                                  31);
  EXPECT_EQ(asked(tls, text_header, {}), "2001:db8::1 by 127.0.0.1, " + own_place());
  EXPECT_EQ(asked(tls, binary_header, {{"x-forwarded-for", "203.0.113.9"}}), "192.0.2.1 by 127.0.0.1, " + own_place());
  EXPECT_EQ(tls.app().server().figures().proxy_headers_refused, 0U);
}

// Without the header there is neither a handshake nor a preface.
TEST_P(ProxiesOf, AreAskedForTheHeader) {
  how_.limits.proxy_protocol = "require";
  serving_tls tls(routes_with_who, how_);
  EXPECT_EQ(asked(tls, "", {}), GetParam().tls ? "no handshake" : "");
  EXPECT_TRUE(eventually(ample, [&] { return tls.app().server().figures().proxy_headers_refused == 1; }));
}

INSTANTIATE_TEST_SUITE_P(, ProxiesOf,
                         testing::Values(dialect{"Http1", false, false}, dialect{"Http2", false, true},
                                         dialect{"Http1ByTls", true, false}, dialect{"Http2ByTls", true, true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sundown::test
