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

sundown::keys<settings> keys(std::string section, std::string about) {
  sundown::keys<settings> server(std::move(section));
  server.url(&settings::url, "url", schemes(), a_url(), std::move(about))
      .duration(&settings::timeout, "timeout", 1ms, 1min,
                "For an answer of Redis; then the service goes on without it");
  return server;
}

}  // namespace sundown::redis
