#include <sundown/redis/settings.hpp>

#include "config/text_rules.hpp"
#include "storage/redis/url.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::redis {

namespace {

using namespace std::chrono_literals;

std::vector<std::string> schemes() { return {"redis", "rediss"}; }

}  // namespace

text_rule a_url() {
  const auto rest = [](std::string_view given) {
    const auto read = parse_url(given);
    return read ? std::string() : read.error().detail;
  };
  return configuration::url_rule("redis:// or rediss:// and an address", schemes(),
                                 "is no URL of a Redis server; it must be "
                                 "redis://[user:password@]host[:port][/database], or rediss:// for TLS",
                                 rest);
}

std::vector<std::string> tls_faults(const settings& given, const std::string& section) {
  const tls_files files{given.ca, given.certificate, given.key};
  if (files.empty() || given.url.empty()) return {};
  const auto below = section.empty() ? std::string() : section + '.';
  if (!given.url.starts_with("rediss://"))
    return {below + "ca, " + below + "certificate and " + below + "key are for TLS, and " + below +
            "url begins with redis://; make it rediss://, or leave them empty"};
  const auto made = make_tls_context(files);
  if (made) return {};
  return {below + made.error().detail};
}

sundown::keys<settings> keys(std::string section, std::string about) {
  const auto named = section;
  sundown::keys<settings> server(std::move(section));
  server.url(&settings::url, "url", schemes(), a_url(), std::move(about))
      .duration(&settings::timeout, "timeout", 1ms, 1min, "For an answer of Redis; then the service goes on without it")
      .text(&settings::ca, "ca",
            "For rediss://: a PEM file of authorities that are trusted beside the system's; empty: none")
      .text(&settings::certificate, "certificate",
            "For a server that asks for one: a PEM file of our certificate and its chain; empty: none")
      .text(&settings::key, "key", "A PEM file of its private key, not encrypted")
      .check([named](const settings& given) { return tls_faults(given, named); });
  return server;
}

}  // namespace sundown::redis
