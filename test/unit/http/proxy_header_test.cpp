// The PROXY protocol's header, in the shapes of its specification (haproxy.org/download/2.9/doc/proxy-protocol.txt) and
// in broken ones.
#include "http/proxy_header.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http::detail {
namespace {

using namespace std::string_literals;
using verdict = proxy_header::verdict;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string four = "\xc0\x00\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb"s;  // 192.0.2.1:56324, 198.51.100.7:443
const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s + "\x20\x01\x0d\xb8"s +
                        std::string(11, '\0') + "\x02\xdc\x04\x01\xbb"s;
const std::string unix_paths = "/run/client.sock"s + std::string(92, '\0') + "/run/proxy.sock"s + std::string(93, '\0');

std::string two_bytes(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}; }

/// Version 2. `first`: version and command, `second`: family and transport.
std::string binary(int first, int second, const std::string& block) {
  return signature + static_cast<char>(first) + static_cast<char>(second) + two_bytes(block.size()) + block;
}

std::string tlv(int type, const std::string& value) {
  return static_cast<char>(type) + two_bytes(value.size()) + value;
}

/// With the checksum in its place: the TLV stands last.
std::string summed(int first, int second, const std::string& block) {
  auto header = binary(first, second, block + tlv(3, "\0\0\0\0"s));
  const auto sum = crc32c(header);
  for (std::size_t i = 0; i < 4; ++i) header[header.size() - 4 + i] = static_cast<char>(sum >> (24 - 8 * i));
  return header;
}

std::string source_of(const proxy_header& read) { return read.source ? read.source->text() : "none"; }

// RFC 3720, appendix B.4.
TEST(ProxyHeader, SumsAsTheStandardDoes) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

struct shape {
  const char* name;
  std::string header;
  const char* source;
};

const std::vector<shape> shapes = {
    {"v1 TCP4", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", "192.0.2.1"},
    {"v1 TCP4, the longest", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
    {"v1 TCP4, ports of 0", "PROXY TCP4 192.0.2.1 198.51.100.7 0 0\r\n", "192.0.2.1"},
    {"v1 TCP6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "2001:db8::1"},
    {"v1 TCP6, the longest",
     "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"v1 TCP6 of an IPv4 client", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.7 56324 443\r\n", "192.0.2.1"},
    {"v1 UNKNOWN", "PROXY UNKNOWN\r\n", "none"},
    {"v1 UNKNOWN with what is to be passed over",
     "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
     "none"},
    {"v2 TCP4", binary(0x21, 0x11, four), "192.0.2.1"},
    {"v2 UDP4", binary(0x21, 0x12, four), "192.0.2.1"},
    {"v2 TCP6", binary(0x21, 0x21, six), "2001:db8::1"},
    {"v2 UDP6", binary(0x21, 0x22, six), "2001:db8::1"},
    {"v2 UNIX stream", binary(0x21, 0x31, unix_paths), "none"},
    {"v2 UNIX datagrams", binary(0x21, 0x32, unix_paths), "none"},
    {"v2 UNSPEC", binary(0x21, 0x00, ""), "none"},
    {"v2 UNSPEC with what is to be passed over", binary(0x21, 0x00, "whatever it is"), "none"},
    {"v2 LOCAL", binary(0x20, 0x00, ""), "none"},
    {"v2 LOCAL of a family", binary(0x20, 0x11, four), "none"},
    {"v2 LOCAL, shorter than its family", binary(0x20, 0x21, four), "none"},
    {"v2 LOCAL of no family there is", binary(0x20, 0xff, "whatever it is"), "none"},
    {"v2 with TLVs", binary(0x21, 0x11, four + tlv(1, "h2") + tlv(2, "example.com") + tlv(5, "id") + tlv(4, "")),
     "192.0.2.1"},
    {"v2 with the TLVs of TLS", binary(0x21, 0x21, six + tlv(0x20, "\x07\0\0\0\0"s + tlv(0x21, "TLSv1.3"))),
     "2001:db8::1"},
    {"v2 with a TLV of 60,000 bytes", binary(0x21, 0x11, four + tlv(0xe0, std::string(60'000, 'x'))), "192.0.2.1"},
    {"v2 with a checksum", summed(0x21, 0x11, four), "192.0.2.1"},
    {"v2 with a checksum behind TLVs", summed(0x21, 0x21, six + tlv(1, "http/1.1") + tlv(4, "padding")), "2001:db8::1"},
    {"v2 LOCAL with a checksum", summed(0x20, 0x00, ""), "none"},
};

// Each shape of the specification is taken, with the address that it gives, and with nothing of what is behind it. Of
// its first bytes alone all belong to it, however many they are.
TEST(ProxyHeader, TakesEveryShape) {
  for (const auto& [name, header, source] : shapes) {
    for (const auto& behind :
         {""s, "GET / HTTP/1.1\r\n"s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, "\x16\x03\x01"s, header}) {
      const auto read = read_proxy_header(header + behind);
      EXPECT_EQ(read.how, verdict::done) << name << ": " << (read.fault ? read.fault : "");
      EXPECT_EQ(read.size, header.size()) << name;
      EXPECT_EQ(source_of(read), source) << name;
    }
    const std::size_t step = header.size() > 1000 ? 997 : 1;
    for (std::size_t size = 0; size < header.size(); size += step)
      EXPECT_EQ(read_proxy_header(std::string_view(header).substr(0, size)).how, verdict::need_more) << name << size;
  }
}

// What isn't one of these shapes is refused, and never taken for another one.
TEST(ProxyHeader, RefusesEverythingElse) {
  auto wrong_sum = summed(0x21, 0x11, four);
  wrong_sum.back() = static_cast<char>(wrong_sum.back() ^ 1);
  auto wrong_address = summed(0x21, 0x11, four);
  wrong_address[16] = '\x0a';
  auto wrong_local = summed(0x20, 0x00, "");
  wrong_local[0x10 + 3] = static_cast<char>(wrong_local[0x10 + 3] ^ 1);
  auto other_signature = binary(0x21, 0x11, four);
  other_signature[11] = '\r';
  const std::pair<const char*, std::string> table[] = {
      {"a request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS", "\x16\x03\x01\x02\0\x01"s},
      {"in lower case", "proxy TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"a space in front", " PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"two spaces", "PROXY TCP4  192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"a tab", "PROXY TCP4\t192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"a space behind", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 \r\n"},
      {"LF alone", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n"},
      {"CR in it", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\r\n"},
      {"no family", "PROXY \r\n"},
      {"another family", "PROXY TCP5 192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"a family too long", "PROXY TCP44 192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"UNKNOWN, nearly", "PROXY UNKNOWN_ 1\r\n"},
      {"no port", "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n"},
      {"a port more", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 80\r\n"},
      {"a port too large", "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n"},
      {"a port below nothing", "PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n"},
      {"a port with a zero in front", "PROXY TCP4 192.0.2.1 198.51.100.7 056324 443\r\n"},
      {"a port of letters", "PROXY TCP4 192.0.2.1 198.51.100.7 http 443\r\n"},
      {"no address", "PROXY TCP4 here 198.51.100.7 56324 443\r\n"},
      {"a zero in front of an address", "PROXY TCP4 192.0.2.01 198.51.100.7 56324 443\r\n"},
      {"IPv6 as TCP4", "PROXY TCP4 2001:db8::1 2001:db8::2 56324 443\r\n"},
      {"IPv4 as TCP6", "PROXY TCP6 192.0.2.1 198.51.100.7 56324 443\r\n"},
      {"one of each", "PROXY TCP6 2001:db8::1 198.51.100.7 56324 443\r\n"},
      {"a scope", "PROXY TCP6 fe80::1%eth0 2001:db8::2 56324 443\r\n"},
      {"a line of 108 bytes", "PROXY UNKNOWN" + std::string(93, ' ') + "\r\n"},
      {"a line without end", "PROXY UNKNOWN " + std::string(200, 'x')},
      {"version 1 as binary", binary(0x11, 0x11, four)},
      {"version 3", binary(0x31, 0x11, four)},
      {"another command", binary(0x22, 0x11, four)},
      {"another family, binary", binary(0x21, 0x41, four)},
      {"another transport", binary(0x21, 0x13, four)},
      {"a family without transport", binary(0x21, 0x10, four)},
      {"a transport without family", binary(0x21, 0x01, four)},
      {"too short for its family", binary(0x21, 0x21, four)},
      {"a byte too short", binary(0x21, 0x11, four.substr(1))},
      {"half a TLV", binary(0x21, 0x11, four + "\x04\0"s)},
      {"a TLV that is too long", binary(0x21, 0x11, four + "\x04\0\x05"s + "four"s)},
      {"a checksum of three bytes", binary(0x21, 0x11, four + tlv(3, "\0\0\0"s))},
      {"a wrong checksum", wrong_sum},
      {"another address than what was summed", wrong_address},
      {"a wrong checksum of LOCAL", wrong_local},
      {"another signature", other_signature},
  };
  for (const auto& [name, header] : table) {
    const auto read = read_proxy_header(header);
    EXPECT_EQ(read.how, verdict::refused) << name;
    EXPECT_TRUE(read.fault) << name;
    EXPECT_FALSE(read.source) << name;
  }
}

// With a checksum nothing that is changed on the way is believed: of 1,000 mutated headers none gives another address.
TEST(ProxyHeader, OfThousandMutatedOnesNoneIsBelieved) {
  test::random_source random(17);
  struct summed_header {
    std::string bytes;
    std::size_t length_at;  ///< of the length of the TLV before the sum
  };
  const summed_header bases[] = {{summed(0x21, 0x11, four + tlv(1, "h2")), 16 + four.size() + 1},
                                 {summed(0x21, 0x21, six + tlv(5, "unique")), 16 + six.size() + 1}};
  std::size_t refused = 0;
  for (std::size_t i = 0; i < test::random_source::rounds(1000); ++i) {
    const auto& base = random.one_of(bases);
    auto changed = base.bytes;
    // The bytes behind the fixed part, but for lengths: what says how long it is, and whether there is a sum, stays.
    for (auto left = random.below(4) + 1; left > 0; --left) {
      const auto at = 16 + random.below(changed.size() - 16 - 7);
      if (at == base.length_at || at == base.length_at + 1) continue;
      changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(1 + random.below(255)));
    }
    const auto read = read_proxy_header(changed);
    refused += read.how == verdict::refused ? 1U : 0U;
    EXPECT_TRUE(changed == base.bytes || read.how != verdict::done) << i << ' ' << source_of(read);
  }
  EXPECT_GT(refused, test::random_source::rounds(1000) * 9 / 10);
}

// Whatever bytes come: the verdict on a header never changes when more of them come.
TEST(ProxyHeader, JudgesTheSameHoweverItIsCut) {
  test::random_source random(18);
  for (std::size_t i = 0; i < test::random_source::rounds(2000); ++i) {
    const auto bytes = test::mutated(random.one_of(shapes).header.substr(0, 400), random) + "GET / HTTP/1.1\r\n";
    const auto whole = read_proxy_header(bytes);
    for (const auto cut : random.cuts(bytes.size(), 5)) {
      const auto part = read_proxy_header(std::string_view(bytes).substr(0, cut));
      if (part.how == verdict::need_more) continue;
      EXPECT_EQ(part.how, whole.how) << i;
      EXPECT_EQ(part.size, whole.size) << i;
      EXPECT_EQ(source_of(part), source_of(whole)) << i;
    }
  }
}

}  // namespace
}  // namespace sundown::http::detail
