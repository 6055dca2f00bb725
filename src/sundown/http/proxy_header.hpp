#pragma once

#include "base/ip_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sundown::http::detail {

/// The header that a proxy begins a connection with, to say whose it is: the PROXY protocol of HAProxy, version 1 or 2
/// (proxy-protocol.txt §2).
struct proxy_header {
  enum class verdict : std::uint8_t {
    need_more,  ///< all that was received belongs to the header
    done,
    refused,  ///< fault says why
  };

  verdict how = verdict::need_more;
  std::size_t size = 0;         ///< once it is done: of the header; what is behind it isn't the proxy's
  const char* fault = nullptr;  ///< a literal
  /// nullopt where the proxy speaks for itself (LOCAL), doesn't know (UNKNOWN, UNSPEC), or was reached by a unix
  /// socket: the connection is the proxy's own then.
  std::optional<base::ip_address> source = {};
};

/// `received`: the connection's first bytes, from the first one on. Every shape of version 1 and 2 is read; TLVs are
/// passed over, but for CRC32c, which must be right where it is there.
proxy_header read_proxy_header(std::string_view received) noexcept;

/// Of the bytes, one behind the other (RFC 9260, appendix A; the Castagnoli polynomial). `sum`: of those before.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t sum = 0) noexcept;

}  // namespace sundown::http::detail
