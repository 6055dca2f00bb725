#include "http/proxy_header.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <array>

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

using verdict = proxy_header::verdict;

constexpr auto text_begin = "PROXY "sv;
constexpr auto binary_begin = "\r\n\r\n\0\r\nQUIT\n"sv;
/// Of version 1, with CR and LF.
constexpr std::size_t longest_line = 107;
/// Of version 2, without its addresses: signature, version and command, family and transport, length.
constexpr std::size_t fixed_size = 16;

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    auto sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82f63b78U : 0U);
    table[byte] = sum;
  }
  return table;
}();

proxy_header refused(const char* why) noexcept { return {verdict::refused, 0, why}; }

bool begins_like(std::string_view received, std::string_view begin) noexcept {
  const auto size = std::min(received.size(), begin.size());
  return received.substr(0, size) == begin.substr(0, size);
}

// -- version 1: "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"

std::string_view next_word(std::string_view& line) noexcept {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

bool is_port_number(std::string_view word) noexcept {
  return base::parse_number<std::uint16_t>(word) && (word.size() == 1 || word.front() != '0');
}

/// An address in the form of its family, without a scope.
std::optional<base::ip_address> address_of(std::string_view word, bool four) noexcept {
  if ((word.find(':') == word.npos) != four || word.find('%') != word.npos) return std::nullopt;
  return base::ip_address::parse(word);
}

proxy_header read_text(std::string_view received) noexcept {
  const auto end = received.substr(0, longest_line).find('\n');
  if (end == received.npos) {
    if (received.size() >= longest_line) return refused("the line is too long");
    return {};
  }
  if (received[end - 1] != '\r') return refused("the line has no CRLF");
  auto line = received.substr(0, end - 1);
  if (line.find('\r') != line.npos) return refused("the line has a CR in it");
  line.remove_prefix(text_begin.size());
  const auto spaces = std::count(line.begin(), line.end(), ' ');
  const auto family = next_word(line);
  if (family == "UNKNOWN"sv) return {verdict::done, end + 1, nullptr};  // whatever follows
  if (family != "TCP4"sv && family != "TCP6"sv) return refused("the family is unknown");
  if (spaces != 4) return refused("the line has not four words");
  const bool four = family == "TCP4"sv;
  const auto source = address_of(next_word(line), four);
  const auto destination = address_of(next_word(line), four);
  if (!source || !destination) return refused("an address is none of the family");
  if (!is_port_number(next_word(line)) || !is_port_number(line)) return refused("a port is none");
  return {verdict::done, end + 1, nullptr, source};
}

// -- version 2

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept { return static_cast<unsigned char>(bytes[at]); }

std::size_t length_at(std::string_view bytes, std::size_t at) noexcept {
  return std::size_t{byte_at(bytes, at)} << 8 | byte_at(bytes, at + 1);
}

constexpr auto* wrong_sum = "the checksum is wrong";

/// The size of the two addresses with their ports; nullopt for a family or a transport that there isn't.
std::optional<std::size_t> address_size(unsigned family_and_transport) noexcept {
  switch (family_and_transport) {
    case 0x00:
      return 0;
    case 0x11:
    case 0x12:
      return 12;
    case 0x21:
    case 0x22:
      return 36;
    case 0x31:
    case 0x32:
      return 216;
    default:
      return std::nullopt;
  }
}

/// The checksum is that of the header with four zeros in the sum's place.
bool is_sum_right(std::string_view header, std::size_t place) noexcept {
  std::uint32_t given = 0;
  for (std::size_t i = 0; i < 4; ++i) given = given << 8 | byte_at(header, place + i);
  const auto sum = crc32c("\0\0\0\0"sv, crc32c(header.substr(0, place)));
  return crc32c(header.substr(place + 4), sum) == given;
}

const char* fault_of_extras(std::string_view header, std::size_t at) noexcept {
  constexpr unsigned checksum = 0x03;
  const char* fault = nullptr;
  while (at < header.size()) {
    if (header.size() - at < 3) return "a TLV is cut off";
    const auto type = byte_at(header, at);
    const auto size = length_at(header, at + 1);
    at += 3;
    if (size > header.size() - at) return "a TLV is longer than the header";
    if (type == checksum && size != 4) return "the checksum is not of four bytes";
    if (type == checksum && !is_sum_right(header, at)) fault = wrong_sum;
    at += size;
  }
  return fault;
}

proxy_header read_binary(std::string_view received) noexcept {
  if (received.size() < fixed_size) return {};
  const auto version_and_command = byte_at(received, 12);
  if (version_and_command >> 4 != 2) return refused("the version is not 2");
  const auto command = version_and_command & 15;
  if (command > 1) return refused("the command is unknown");
  const bool local = command == 0;
  const auto addresses = address_size(byte_at(received, 13));
  if (!addresses && !local) return refused("the family is unknown");
  const auto whole = fixed_size + length_at(received, 14);
  if (addresses && !local && whole < fixed_size + *addresses) return refused("it is shorter than its addresses");
  if (received.size() < whole) return {};
  const auto header = received.substr(0, whole);
  const bool has_extras = addresses && whole >= fixed_size + *addresses;
  const auto* const fault = has_extras ? fault_of_extras(header, fixed_size + *addresses) : nullptr;
  // What stands where there are no addresses may be anything: of a proxy that speaks for itself only the sum counts.
  if (fault && (fault == wrong_sum || (!local && *addresses != 0))) return refused(fault);
  proxy_header read{verdict::done, whole, nullptr};
  const auto* const first = reinterpret_cast<const unsigned char*>(header.data()) + fixed_size;
  if (!local && addresses == 12U) read.source = base::ip_address::v4(first);
  if (!local && addresses == 36U) read.source = base::ip_address::v6(first);
  return read;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t sum) noexcept {
  sum = ~sum;
  for (const char c : bytes) sum = (sum >> 8) ^ crc_table[(sum ^ static_cast<unsigned char>(c)) & 0xff];
  return ~sum;
}

proxy_header read_proxy_header(std::string_view received) noexcept {
  if (begins_like(received, binary_begin)) return read_binary(received);
  if (!begins_like(received, text_begin)) return refused("the connection begins with something else");
  if (received.size() < text_begin.size()) return {};
  return read_text(received);
}

}  // namespace sundown::http::detail
