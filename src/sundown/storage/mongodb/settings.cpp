#include <sundown/mongodb/settings.hpp>

#include "config/server_url.hpp"
#include "storage/mongodb/uri_check.hpp"

#include <string_view>
#include <utility>

namespace sundown::mongodb {

namespace {

using namespace std::chrono_literals;

std::string uri_fault(std::string_view given) {
  if (given.empty()) return {};
  if (const auto fault = configuration::white_space_fault(given); !fault.empty()) return std::string(fault);
  if (!given.starts_with("mongodb://") && !given.starts_with("mongodb+srv://"))
    return "is no MongoDB URI; it must be like \"mongodb://user:password@host:27017/database\"";
  return check_uri(std::string(given));
}

}  // namespace

text_rule a_uri() { return {"a mongodb:// URI, or nothing", uri_fault}; }

sundown::keys<settings> keys(std::string section, std::string about) {
  sundown::keys<settings> server(std::move(section));
  server.url(&settings::uri, "uri", {"mongodb", "mongodb+srv"}, a_uri(), std::move(about))
      .duration(&settings::timeout, "timeout", 100ms, 1h, "For an operation; then 503");
  return server;
}

}  // namespace sundown::mongodb
