#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <chrono>
#include <string>

namespace sundown::http {

/// Fields that keep browsers from what an answer isn't meant for: a hook.
///
///     routes.on_answer(http::security_headers().strict_transport(365 * 24h));
///
/// By default `X-Content-Type-Options: nosniff`, no frame around a page (`Content-Security-Policy: frame-ancestors
/// 'none'`, and X-Frame-Options for older browsers) and `Referrer-Policy: no-referrer`. A field that the handler has
/// set is left as it is.
class security_headers {
 public:
  /// Who may show it in a frame: "'none'", "'self'", or origins (CSP 3 §6.4.2); "" says nothing of it.
  security_headers& frame_ancestors(std::string sources);
  /// "" says nothing of it.
  security_headers& referrer_policy(std::string policy);
  /// HSTS: by TLS alone from now on, for so long. Sent with https only (RFC 6797 §7.2), here or at a trusted proxy;
  /// there is no way back before the time is over.
  security_headers& strict_transport(std::chrono::seconds max_age, bool subdomains = false);
  /// Cross-Origin-Opener-Policy, "same-origin".
  security_headers& opener_policy(std::string policy);
  /// Cross-Origin-Resource-Policy, "same-origin" or "same-site".
  security_headers& resource_policy(std::string policy);

  void operator()(const request& asked, response& answer) const;

 private:
  std::string frame_ancestors_ = "'none'", referrer_policy_ = "no-referrer";
  std::string strict_transport_, opener_policy_, resource_policy_;
};

}  // namespace sundown::http
