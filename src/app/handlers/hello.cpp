#include "app/handlers/hello.hpp"

#include <boost/json.hpp>

namespace sundown::app {

http::response index(const http::request&) {
  const boost::json::object body{
      {"name", "sundown"}, {"version", SUNDOWN_VERSION}, {"links", {{"hello", "/hello"}, {"notes", "/v1/notes"}}}};
  return {200, "application/json", boost::json::serialize(body), {}};
}

http::response hello(const http::request&) { return {200, "text/plain", "Hello, World!", {}}; }

}  // namespace sundown::app
