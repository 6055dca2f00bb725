#include "app/handlers/probes.hpp"

#include <boost/json.hpp>

namespace sundown::app {

http::response live(const http::request&) { return {200, "application/json", R"({"live":true})", {}}; }

http::response ready(const http::request&, const lifecycle::readiness& readiness) {
  const bool is_ready = readiness.ready();
  boost::json::array reasons;
  for (auto& reason : readiness.reasons()) reasons.emplace_back(std::move(reason));
  const boost::json::object body{{"ready", is_ready}, {"reasons", std::move(reasons)}};
  return {is_ready ? 200U : 503U, "application/json", boost::json::serialize(body), {}};
}

}  // namespace sundown::app
