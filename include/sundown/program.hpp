#pragma once

#include <string>

namespace sundown::http {
class http2_provider;
}  // namespace sundown::http

namespace sundown::serving {
class tls_provider;
class trace_provider;
}  // namespace sundown::serving

namespace sundown {

/// What a service is called, as data: its binary's name, which --help, --version, messages, environment variables and
/// all that it shows of itself begin with, and its version.
struct program {
  /// A name begins with a letter and has letters, digits, '-', '_' and '.', 63 at most: so many has a label of a host
  /// name (RFC 1035), and therefore a Service of Kubernetes. A version is a token (RFC 9110, section 5.6.2), such as
  /// "1.2.0" or "1.2.0+g1a2b3c". Anything else throws std::invalid_argument.
  program(std::string binary_name, std::string version_text, std::string sentence = {});

  // The same program with a component more: orders.with(tls::by_openssl()).with(http2::by_nghttp2()).

  /// Its listeners may speak TLS. It is the component sundown::tls (tls.hpp); without it a configuration that names a
  /// certificate is refused.
  program with(const serving::tls_provider& provider) const;
  /// It speaks HTTP/2 as well. It is the component sundown::http2 (http2.hpp); without it every client is answered in
  /// HTTP/1.1.
  program with(const http::http2_provider& provider) const;
  /// Its traces go to a collector, if the environment names one. It is the component sundown::otlp (otlp.hpp).
  program with(const serving::trace_provider& provider) const;

  /// What the names of environment variables begin with: "ORDERS_" of "orders", "ORDERS_EU_" of "orders-eu".
  std::string variable_prefix() const;

  std::string name;
  std::string version;
  std::string description;  ///< one sentence for --help; may be empty
  const serving::tls_provider* tls = nullptr;
  const http::http2_provider* http2 = nullptr;
  const serving::trace_provider* traces = nullptr;
};

}  // namespace sundown
