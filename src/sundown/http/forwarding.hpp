#pragma once

#include "base/ip_address.hpp"
#include "http/request_parser.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http::detail {

/// What requests say of their way here, and how much of it is believed: the fields of proxies that are trusted
/// (http.trusted_proxies), Forwarded (RFC 7239) and X-Forwarded-For, -Proto, -Host.
///
/// The addresses are read from the right. Each was added by the hop to its right, so it is believed as long as that hop
/// is a trusted one; the first that isn't is the client. What is no address (`unknown`, `_hidden`, junk) ends the way,
/// too: the last trusted hop counts.
/// Where both kinds of fields are there, a proxy that adds one may have passed the other on as its client sent it: by
/// default only what both say counts.
class forwarding {
 public:
  /// Which fields count (http.forwarded).
  enum class fields : std::uint8_t { either, standard, customary };

  /// What is believed of a request.
  struct way {
    std::optional<base::ip_address> client = {};  ///< nullopt: the connection's own address counts
    std::string_view scheme = {};                 ///< "http" or "https", or nothing
    std::string_view host = {};                   ///< with its port; a view of the head, or nothing
  };

  /// Throws startup_error for what is no network and no name of fields.
  forwarding(const std::vector<std::string>& proxies, std::string_view which);

  bool trusts_nobody() const noexcept { return proxies_.empty() && !trusts_unix_; }
  /// Peers on a unix socket are trusted proxies ("unix:").
  bool trusts_unix() const noexcept { return trusts_unix_; }
  bool trusts(const base::ip_address& address) const noexcept { return base::contains(proxies_, address); }
  /// Of a request that a trusted proxy has sent. `through`: the connection's own address is a trusted proxy's as well,
  /// which it is unless the PROXY protocol tells another one.
  way read(const request_parser& head, bool through) const;

 private:
  std::vector<base::ip_network> proxies_;
  bool trusts_unix_ = false;
  fields which_ = fields::either;
};

}  // namespace sundown::http::detail
