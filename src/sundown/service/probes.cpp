#include "service/probes.hpp"

#include <sundown/http/json.hpp>

namespace sundown::serving {

http::response live(const http::request&) { return http::json_text(R"({"live":true})"); }

boost::json::array texts(std::vector<std::string> all) {
  boost::json::array out;
  for (auto& one : all) out.emplace_back(std::move(one));
  return out;
}

http::response ready(const http::request&, const stop::readiness& readiness) {
  const bool is_ready = readiness.ready();
  boost::json::object body{{"ready", is_ready}, {"reasons", texts(readiness.reasons())}};
  if (auto degraded = texts(readiness.degraded()); !degraded.empty()) body["degraded"] = std::move(degraded);
  return http::json(is_ready ? 200 : 503, body);
}

}  // namespace sundown::serving
