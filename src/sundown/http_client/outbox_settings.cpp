#include "http_client/signature.hpp"
#include "http_client/url.hpp"

#include <sundown/http_client/settings.hpp>

#include <utility>
#include <vector>

namespace sundown::http_client {

using namespace std::chrono_literals;

namespace {

text_rule a_receiver() {
  return {"an http:// or https:// URL of one host", [](std::string_view given) {
            if (given.empty()) return std::string();
            const auto read = parse_url(given);
            return read ? std::string() : read.error().detail.substr(url_subject.size());
          }};
}

text_rule a_secret() {
  constexpr auto form = "whsec_ and base64 of 24 to 64 bytes, as `echo whsec_$(openssl rand -base64 32)` makes it";
  return {form, [](std::string_view given) { return given.empty() || read_secret(given).has_value(); }};
}

}  // namespace

sundown::keys<outbox_settings> outbox_keys(std::string section) {
  const auto lease = section + ".lease", timeout = section + ".timeout";
  sundown::keys<outbox_settings> own(std::move(section));
  own.url(&outbox_settings::url, "url", {"https", "http"}, a_receiver(),
          "Events are sent there by POST; empty: none is")
      .secret(&outbox_settings::secret, "secret", a_secret(), "Events are signed with it; empty: they are not")
      .duration(&outbox_settings::timeout, "timeout", 1ms, 30s, "For the answer to an event")
      .duration(&outbox_settings::lease, "lease", 1s, 1h,
                "Another instance sends what one has begun and not ended by then")
      .duration(&outbox_settings::retry_max, "retry_max", 1ms, 1h, "The longest pause between two attempts")
      .text(&outbox_settings::ca, "ca", "A PEM file of authorities that are trusted beside the system's; empty: none");
  own.check([lease, timeout](const outbox_settings& given) -> std::vector<std::string> {
    if (given.lease >= 2 * given.timeout) return {};
    return {lease + " must be at least twice " + timeout + ", or another instance sends what is still being sent"};
  });
  return own;
}

}  // namespace sundown::http_client
