#include <sundown/redis/settings.hpp>

#include "config/server_url.hpp"
#include "storage/redis/url.hpp"

#include <string_view>
#include <utility>

namespace sundown::redis {

namespace {

using namespace std::chrono_literals;

std::string url_fault(std::string_view given) {
  if (given.empty()) return {};
  if (const auto fault = configuration::white_space_fault(given); !fault.empty()) return std::string(fault);
  if (!given.starts_with("redis://") && !given.starts_with("rediss://"))
    return "is no URL of a Redis server; it must be redis://[user:password@]host[:port][/database], or rediss:// for "
           "TLS";
  const auto read = parse_url(given);
  return read ? std::string() : read.error().detail;
}

}  // namespace

text_rule a_url() { return {"redis:// or rediss:// and an address", url_fault}; }

sundown::keys<settings> keys(std::string section, std::string about) {
  sundown::keys<settings> server(std::move(section));
  server.url(&settings::url, "url", {"redis", "rediss"}, a_url(), std::move(about))
      .duration(&settings::timeout, "timeout", 1ms, 1min,
                "For an answer of Redis; then the service goes on without it");
  return server;
}

}  // namespace sundown::redis
