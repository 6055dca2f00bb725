#include "app/hello.hpp"

#include <sundown/http/json.hpp>

namespace sundown::app {

http::response index(const program& identity) {
  const boost::json::object links{
      {"hello", "/hello"},
      {"notes", "/v1/notes"},
  };
  return http::json(boost::json::object{{"name", identity.name}, {"version", identity.version}, {"links", links}});
}

http::response hello(const http::request&) { return http::text("Hello, World!"); }

}  // namespace sundown::app
