#pragma once

#include <sundown/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace sundown::redis {

/// The PEM files of connections by TLS; "" is none.
struct tls_files {
  std::string ca;                ///< of authorities that are trusted beside the system's
  std::string certificate, key;  ///< by which the client proves who it is; both or none

  bool empty() const noexcept { return ca.empty() && certificate.empty() && key.empty(); }
};

/// What a connection by TLS is made with. The error is a sentence that begins with the key that has the file ("ca:
/// cannot read ...") and says what to do.
result<boost::asio::ssl::context> make_tls_context(const tls_files& files);

}  // namespace sundown::redis
