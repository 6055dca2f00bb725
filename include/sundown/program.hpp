#pragma once

#include <string>

namespace sundown::serving {
class tls_provider;
}  // namespace sundown::serving

namespace sundown {

/// What a service is called, as data: its binary's name, which --help, --version, messages, environment variables and
/// all that it shows of itself begin with, and its version.
struct program {
  /// A name begins with a letter and has letters, digits, '-', '_' and '.', 63 at most: so many has a label of a host
  /// name (RFC 1035), and therefore a Service of Kubernetes. A version is a token (RFC 9110, section 5.6.2), such as
  /// "1.2.0" or "1.2.0+g1a2b3c". Anything else throws std::invalid_argument.
  program(std::string binary_name, std::string version_text, std::string sentence = {});

  /// The same program, whose listeners may speak TLS: orders.with(tls::by_openssl()). It is the component sundown::tls
  /// (tls.hpp); without it a configuration that names a certificate is refused.
  program with(const serving::tls_provider& provider) const;

  /// What the names of environment variables begin with: "ORDERS_" of "orders", "ORDERS_EU_" of "orders-eu".
  std::string variable_prefix() const;

  std::string name;
  std::string version;
  std::string description;  ///< one sentence for --help; may be empty
  const serving::tls_provider* tls = nullptr;
};

}  // namespace sundown
