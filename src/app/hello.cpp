#include "app/hello.hpp"

#include <sundown/http/json.hpp>

namespace sundown::app {

http::response index(const http::request&) {
  const boost::json::object body{
      {"name", "sundown"}, {"version", SUNDOWN_VERSION}, {"links", {{"hello", "/hello"}, {"notes", "/v1/notes"}}}};
  return http::json(body);
}

http::response hello(const http::request&) { return http::text("Hello, World!"); }

}  // namespace sundown::app
