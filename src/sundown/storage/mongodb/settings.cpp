#include <sundown/mongodb/settings.hpp>

#include "config/text_rules.hpp"
#include "storage/mongodb/uri_check.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::mongodb {

namespace {

using namespace std::chrono_literals;

std::vector<std::string> schemes() { return {"mongodb", "mongodb+srv"}; }

}  // namespace

text_rule a_uri() {
  return configuration::url_rule("a mongodb:// URI, or nothing", schemes(),
                                 "is no MongoDB URI; it must be like \"mongodb://user:password@host:27017/database\"",
                                 [](std::string_view given) { return check_uri(std::string(given)); });
}

sundown::keys<settings> keys(std::string section, std::string about) {
  sundown::keys<settings> server(std::move(section));
  server.url(&settings::uri, "uri", schemes(), a_uri(), std::move(about))
      .duration(&settings::timeout, "timeout", 100ms, 1h, "For an operation; then 503");
  return server;
}

}  // namespace sundown::mongodb
