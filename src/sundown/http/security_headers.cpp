#include <sundown/http/security_headers.hpp>

#include "http/answer_fields.hpp"

#include <utility>

namespace sundown::http {

namespace {

void add(response& answer, const char* name, const std::string& value) {
  if (!value.empty() && !detail::find_field(answer.headers, name)) answer.with(name, value);
}

/// What browsers without frame-ancestors understand; they know no list of origins.
std::string frame_options(const std::string& ancestors) {
  if (ancestors == "'none'") return "DENY";
  return ancestors == "'self'" ? "SAMEORIGIN" : "";
}

}  // namespace

security_headers& security_headers::frame_ancestors(std::string sources) {
  return frame_ancestors_ = std::move(sources), *this;
}
security_headers& security_headers::referrer_policy(std::string policy) {
  return referrer_policy_ = std::move(policy), *this;
}
security_headers& security_headers::strict_transport(std::chrono::seconds max_age, bool subdomains) {
  strict_transport_ = "max-age=" + std::to_string(max_age.count()) + (subdomains ? "; includeSubDomains" : "");
  return *this;
}
security_headers& security_headers::opener_policy(std::string policy) {
  return opener_policy_ = std::move(policy), *this;
}
security_headers& security_headers::resource_policy(std::string policy) {
  return resource_policy_ = std::move(policy), *this;
}

void security_headers::operator()(const request& asked, response& answer) const {
  add(answer, "X-Content-Type-Options", "nosniff");
  if (!frame_ancestors_.empty()) {
    add(answer, "Content-Security-Policy", "frame-ancestors " + frame_ancestors_);
    add(answer, "X-Frame-Options", frame_options(frame_ancestors_));
  }
  add(answer, "Referrer-Policy", referrer_policy_);
  add(answer, "Cross-Origin-Opener-Policy", opener_policy_);
  add(answer, "Cross-Origin-Resource-Policy", resource_policy_);
  if (!strict_transport_.empty() && asked.scheme() == "https")
    add(answer, "Strict-Transport-Security", strict_transport_);
}

}  // namespace sundown::http
