// Whose request it is, by what proxies say: which words are believed, and which are not.
#include "http/forwarding.hpp"
#include "support/random.hpp"

#include <sundown/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::http::detail {
namespace {

const std::vector<std::string> proxies{"10.0.0.0/8", "127.0.0.1", "2001:db8:aaaa::/48"};

/// Reads a head with these lines.
forwarding::way read(std::string_view lines, bool through = true, std::string_view which = "either") {
  static std::string head;  // what is read are views of it
  head = "GET / HTTP/1.1\r\nHost: own.example\r\n" + std::string(lines) + "\r\n";
  request_parser parser(8 << 10);
  parser.base(head.data());
  EXPECT_EQ(parser.put(head).how, request_parser::verdict::done) << head;
  return forwarding(proxies, which).read(parser, through);
}

std::string client(const forwarding::way& way) { return way.client ? way.client->text() : "the peer"; }

// The peer is a trusted proxy. Addresses are read from the right, as long as they are trusted ones; the first that
// isn't is the client, and nothing to its left counts. What is no address ends the way at the hop that said it.
TEST(Forwarding, FindsTheClient) {
  const struct {
    std::string_view lines, client;
  } table[] = {
      {"", "the peer"},
      // X-Forwarded-For
      {"X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"},
      {"x-forwarded-for:192.0.2.1\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 192.0.2.1, 10.0.0.2\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 192.0.2.1,10.0.0.2,10.0.0.3\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.2\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 10.0.0.9, 192.0.2.1\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 10.0.0.9, 10.0.0.8\r\n", "10.0.0.9"},
      {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\nAccept: */*\r\nX-Forwarded-For: 10.0.0.2\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"},
      {"X-Forwarded-For: [2001:db8::7]\r\n", "2001:db8::7"},
      {"X-Forwarded-For: [2001:db8::7]:4711\r\n", "2001:db8::7"},
      {"X-Forwarded-For: 2001:db8::7, 2001:db8:aaaa::1\r\n", "2001:db8::7"},
      {"X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 192.0.2.1, ::ffff:10.0.0.2\r\n", "192.0.2.1"},
      {"X-Forwarded-For: fe80::1%eth0\r\n", "fe80::1"},
      {"X-Forwarded-For: 192.0.2.1, , 10.0.0.2,\r\n", "192.0.2.1"},
      {"X-Forwarded-For:\r\n", "the peer"},
      {"X-Forwarded-For: ,,\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1, unknown\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.2\r\n", "10.0.0.2"},
      {"X-Forwarded-For: 192.0.2.1, _hidden\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1, unix:\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1, \"\r\n", "the peer"},
      {"X-Forwarded-For: \"203.0.113.9, 192.0.2.1\r\n", "192.0.2.1"},
      {"X-Forwarded-For: 192.0.2.1:\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1:100000\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1 203.0.113.9\r\n", "the peer"},
      {"X-Forwarded-For: 192.0.2.1;203.0.113.9\r\n", "the peer"},
      {"X-Forwarded-For: [192.0.2.1]\r\n", "the peer"},
      {"X-Forwarded-For: [2001:db8::7\r\n", "the peer"},
      {"X-Forwarded-For: [2001:db8::7]x\r\n", "the peer"},
      {"X-Forwarded-For: for=192.0.2.1\r\n", "the peer"},
      {"X-Forwarded-For: 1.2.3\r\n", "the peer"},
      // Forwarded
      {"Forwarded: for=192.0.2.1\r\n", "192.0.2.1"},
      {"Forwarded: For=\"192.0.2.1\"\r\n", "192.0.2.1"},
      {"Forwarded: for=\"192.0.2.1:4711\"\r\n", "192.0.2.1"},
      {"Forwarded: for=192.0.2.1:4711\r\n", "192.0.2.1"},
      {"Forwarded: for=\"[2001:db8::7]\"\r\n", "2001:db8::7"},
      {"Forwarded: for=\"[2001:db8::7]:4711\"\r\n", "2001:db8::7"},
      {"Forwarded: for=\"[2001:db8::7]:_port\"\r\n", "2001:db8::7"},
      {"Forwarded: proto=https;for=192.0.2.1;by=10.0.0.2\r\n", "192.0.2.1"},
      {"Forwarded: proto=https ; for=192.0.2.1 ; by=10.0.0.2\r\n", "192.0.2.1"},
      {"Forwarded: for=203.0.113.9, for=192.0.2.1, for=10.0.0.2\r\n", "192.0.2.1"},
      {"Forwarded: for=203.0.113.9\r\nForwarded: for=192.0.2.1\r\n", "192.0.2.1"},
      {"Forwarded: for=192.0.2.1;host=\"a, for=203.0.113.9\"\r\n", "192.0.2.1"},
      {"Forwarded: for=192.0.2.1, for=unknown\r\n", "the peer"},
      {"Forwarded: for=192.0.2.1, for=_hidden, for=10.0.0.2\r\n", "10.0.0.2"},
      {"Forwarded: for=192.0.2.1, proto=https\r\n", "the peer"},
      {"Forwarded: for=192.0.2.1;for=203.0.113.9\r\n", "the peer"},
      {"Forwarded: for=\"192.0.2.1\r\n", "the peer"},
      {"Forwarded: for=\"192.0.2.1\"x\r\n", "the peer"},
      {"Forwarded: for=\"192.0.2.\\1\"\r\n", "the peer"},
      {"Forwarded: for = 192.0.2.1\r\n", "the peer"},
      {"Forwarded: for\r\n", "the peer"},
      {"Forwarded: 192.0.2.1\r\n", "the peer"},
      {"Forwarded: =192.0.2.1\r\n", "the peer"},
      // A quote of the client's reaches into nothing that a proxy has put behind it.
      {"Forwarded: for=\"203.0.113.9, for=192.0.2.1\r\n", "192.0.2.1"},
      {"Forwarded: for=203.0.113.9;x=\", for=\"192.0.2.1\"\r\n", "192.0.2.1"},
      {"Forwarded: for=203.0.113.9;x=\"\\, for=\"[2001:db8::7]:80\"\r\n", "2001:db8::7"},
      {"Forwarded: for=203.0.113.9;x=\"\r\nForwarded: for=192.0.2.1\r\n", "192.0.2.1"},
  };
  for (const auto& [lines, found] : table) EXPECT_EQ(client(read(lines)), found) << lines;
}

// Where both kinds of fields are there, what both say counts, and else nobody's word: a proxy that adds the one may
// have passed the other on. A configuration that says which it is believes that alone.
TEST(Forwarding, BelievesWhatBothFieldsSay) {
  const std::string same = "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n";
  const std::string other = "Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n";
  EXPECT_EQ(client(read(same)), "192.0.2.1");
  EXPECT_EQ(client(read(other)), "the peer");
  EXPECT_EQ(client(read(other, true, "x-forwarded")), "192.0.2.1");
  EXPECT_EQ(client(read(other, true, "forwarded")), "203.0.113.9");
  EXPECT_EQ(client(read("Forwarded: for=203.0.113.9\r\n", true, "x-forwarded")), "the peer");
  EXPECT_EQ(client(read("X-Forwarded-For: 192.0.2.1\r\n", true, "forwarded")), "the peer");
}

// Scheme and host are those that the proxy next to the client says, however many there are behind it; what is no scheme
// or no host isn't believed.
TEST(Forwarding, FindsSchemeAndHost) {
  const struct {
    std::string_view lines, scheme, host;
  } table[] = {
      {"", "", ""},
      {"X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example:8443\r\n", "https", "shop.example:8443"},
      {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: HTTPS\r\n", "https", ""},
      {"X-Forwarded-For: 192.0.2.1, 10.0.0.2\r\nX-Forwarded-Proto: https, http\r\n", "https", ""},
      {"X-Forwarded-For: 192.0.2.1, 10.0.0.2\r\nX-Forwarded-Proto: https\r\n", "https", ""},
      {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https, http\r\n", "http", ""},
      {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: evil.example, shop.example\r\n", "", "shop.example"},
      {"X-Forwarded-Proto: ftp\r\nX-Forwarded-Host: shop example\r\n", "", ""},
      {"X-Forwarded-Host: shop.example/x\r\n", "", ""},
      {"X-Forwarded-Host: user@shop.example\r\n", "", ""},
      {"X-Forwarded-Host: [2001:db8::7]:80\r\n", "", "[2001:db8::7]:80"},
      {"Forwarded: for=192.0.2.1;proto=https;host=shop.example\r\n", "https", "shop.example"},
      {"Forwarded: for=192.0.2.1;proto=https;host=\"shop.example:8443\", for=10.0.0.2;proto=http;host=inner\r\n",
       "https", "shop.example:8443"},
      {"Forwarded: host=evil.example;proto=http, for=192.0.2.1;host=shop.example\r\n", "", "shop.example"},
      {"Forwarded: for=unknown;proto=https\r\n", "https", ""},
      {"Forwarded: proto=https;proto=http\r\n", "", ""},
      {"Forwarded: for=192.0.2.1;proto=http;host=evil.example\r\nX-Forwarded-Proto: https\r\n", "", ""},
      {"Forwarded: for=192.0.2.1;proto=https\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n",
       "https", ""},
  };
  for (const auto& [lines, scheme, host] : table) {
    const auto way = read(lines);
    EXPECT_EQ(way.scheme, scheme) << lines;
    EXPECT_EQ(way.host, host) << lines;
  }
}

// A client that the PROXY protocol has told is the client, whatever fields it has sent; unless it is a trusted proxy
// itself. The proxy's word on scheme and host counts all the same.
TEST(Forwarding, EndsAtTheClientOfTheProxyProtocol) {
  const std::string lines = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
  EXPECT_EQ(client(read(lines, false)), "the peer");
  EXPECT_EQ(read(lines, false).scheme, "https");
  const std::string standard = "Forwarded: for=192.0.2.1;proto=https, for=203.0.113.9;proto=http\r\n";
  EXPECT_EQ(client(read(standard, false)), "the peer");
  EXPECT_EQ(read(standard, false).scheme, "http");
}

// Networks that are none are refused with what they should be; so is another name of fields.
TEST(Forwarding, RefusesWhatIsNoNetwork) {
  EXPECT_THROW(forwarding({"10.0.0.0/33"}, "either"), startup_error);
  EXPECT_THROW(forwarding({"proxy.internal"}, "either"), startup_error);
  EXPECT_THROW(forwarding({}, "both"), startup_error);
  EXPECT_TRUE(forwarding({}, "either").trusts_nobody());
}

// 1,000 clients that send whatever they like, through one proxy or two, which add what they see on the same line or on
// one of their own: none is taken for another one.
TEST(Forwarding, OfThousandMutatedFieldsNoneIsBelieved) {
  test::random_source random(17);
  const std::string address = "198.51.100.77";
  const std::string customary_lines[] = {"203.0.113.9",          "10.0.0.9, 203.0.113.9", "[2001:db8::7]:80",
                                         "unknown, 10.0.0.9",    "\"203.0.113.9",         "127.0.0.1",
                                         "203.0.113.9,,10.0.0.1"};
  const std::string standard_lines[] = {"for=203.0.113.9",
                                        "for=10.0.0.9;proto=https, for=203.0.113.9",
                                        "for=\"[2001:db8::7]:80\";by=_x",
                                        "for=203.0.113.9;host=\"",
                                        "for=\"\\",
                                        "for=127.0.0.1;host=\"a, b\"",
                                        "for=203.0.113.9;x=\"\\\""};
  const auto without_breaks = [](std::string text) {
    std::erase_if(text, [](char c) { return c != '\t' && (static_cast<unsigned char>(c) < ' ' || c == '\x7f'); });
    return text;
  };
  std::size_t spoofed = 0;
  const auto rounds = test::random_source::rounds(1000);
  for (std::size_t i = 0; i < rounds; ++i) {
    const bool standard = random.one_in(2);
    const std::string name = standard ? "Forwarded: " : "X-Forwarded-For: ";
    const auto& base = standard ? random.one_of(standard_lines) : random.one_of(customary_lines);
    auto lines = name + without_breaks(test::mutated(base, random));
    const auto add = [&](const std::string& hop) {
      lines += random.one_in(2) ? ", " : "\r\n" + name;
      lines += standard ? "for=" + (random.one_in(2) ? hop : '"' + hop + '"') : hop;
    };
    add(address);
    if (random.one_in(2)) add("10.0.0.2");
    if (client(read(lines + "\r\n")) != address) {
      ++spoofed;
      ADD_FAILURE() << lines;
    }
  }
  EXPECT_EQ(spoofed, 0U);
}

}  // namespace
}  // namespace sundown::http::detail
