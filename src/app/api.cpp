#include "app/api.hpp"

#include <sundown/http/cors.hpp>
#include <sundown/http/credentials.hpp>
#include <sundown/http/security_headers.hpp>

namespace sundown::app {

keys<api_settings> api_keys() {
  keys<api_settings> api("api");
  return api.secret(&api_settings::token, "token", "Bearer token that the API asks for; empty: it is anybody's")
      .secret(&api_settings::old_token, "old_token", "Another one that is still good, while clients change over")
      .list(&api_settings::origins, "origins", "Origins whose pages may call the API, https://shop.example; * is any");
}

http::route_group open_api(http::router& routes, const api_settings& given) {
  auto api = routes.group("/v1");
  api.on_answer(http::security_headers());
  if (!given.origins.empty()) {
    api.allows(http::cors(given.origins)
                   .headers({"Authorization", "Content-Type", "If-Match", "If-None-Match"})
                   .exposes({"ETag", "Location", "X-Request-Id"}));
  }
  std::vector<http::credential> known;
  if (!given.token.empty()) known.emplace_back(given.token, http::principal("client"));
  if (!given.old_token.empty()) known.emplace_back(given.old_token, http::principal("client with the old token"));
  if (!known.empty()) api.guarded_by(http::bearer_guard(std::move(known)));
  return api;
}

}  // namespace sundown::app
