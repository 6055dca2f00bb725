#pragma once

#include <string>
#include <vector>

namespace sundown::http {

/// The certificate by which a client has proved who it is: its chain leads to one of `client_ca`, its dates are good.
struct client_certificate {
  client_certificate() = default;

  std::string subject;             ///< "CN=billing,O=Example" (RFC 2253); may be empty where there are names
  std::vector<std::string> names;  ///< alternative names with their kind: "DNS:billing.local", "URI:spiffe://…"
  std::string issuer;              ///< as the subject
  std::string serial;              ///< hexadecimal, upper case
};

}  // namespace sundown::http
