#pragma once

#include "storage/redis/tls.hpp"

#include <sundown/error.hpp>

#include <string>
#include <string_view>

namespace sundown::redis {

/// Where a Redis server is, and who we are to it.
struct address {
  bool tls = false;
  std::string host;
  std::string port = "6379";
  std::string user = "default";
  std::string password;  ///< empty: no authentication
  int database = 0;
  tls_files files = {};  ///< not of the URL

  /// "127.0.0.1:6379", for logs: neither user nor password.
  std::string text() const;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`, with `rediss://` for TLS. User and password are
/// percent-decoded, and must be encoded where they have one of / ? # [ ] @ %; an IPv6 address stands in brackets. The
/// error never repeats the URL: it may hold a password.
result<address> parse_url(std::string_view text);

}  // namespace sundown::redis
