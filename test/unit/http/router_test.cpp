// Which handler a method and a path lead to.
#include <sundown/http/router.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace sundown::http {
namespace {

response nothing(const request&) { return {}; }

const std::string& pattern_of(const router& routes, verb method, std::string_view path) {
  static const std::string none = "(none)";
  const auto found = routes.find(method, path);
  return found.match ? found.match->pattern : none;
}

// A literal wins over a name at its place, also when only the name leads on; then the name is tried.
TEST(Router, LiteralsBeforeNames) {
  router routes;
  for (const auto* pattern :
       {"/notes/{id}", "/notes/latest", "/notes/latest/tags", "/{any}/{id}/tags", "/{any}/latest/x"}) {
    routes.get(pattern, nothing);
  }
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/latest"), "/notes/latest");
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/7"), "/notes/{id}");
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/latest/tags"), "/notes/latest/tags");
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/7/tags"), "/{any}/{id}/tags");
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/latest/x"), "/{any}/latest/x");
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/7/x"), "(none)");
}

// A path is what it is: no segment is made up, dropped or merged, and case counts.
TEST(Router, PathsAreExact) {
  router routes;
  routes.get("/", nothing);
  routes.get("/a", nothing);
  routes.get("/a/{b}/c", nothing);
  EXPECT_EQ(pattern_of(routes, verb::get, "/"), "/");
  EXPECT_EQ(pattern_of(routes, verb::get, ""), "/");
  for (const auto* path : {"/a/", "//a", "/A", "/a//c", "/a/b", "/a/b/c/", "a", "*", "/a/b/cc"}) {
    EXPECT_FALSE(routes.find(verb::get, path).found) << path;
  }
}

// Paths that RFC 3986 §6.2.2 calls equivalent lead to the same route, in the pattern as in the request; a name stands
// for no dot segment.
TEST(Router, EquivalentPaths) {
  router routes;
  routes.get("/caf%c3%A9/%61", nothing);
  routes.get("/notes/latest", nothing);
  routes.get("/notes/{id}", nothing);
  for (const auto* path : {"/caf%C3%a9/a", "/%63af%c3%a9/%61"}) {
    EXPECT_EQ(pattern_of(routes, verb::get, path), "/caf%C3%A9/a") << path;
  }
  EXPECT_EQ(pattern_of(routes, verb::get, "/notes/%6Catest"), "/notes/latest");
  EXPECT_EQ(pattern_of(routes, verb::get, "/%6Eotes/%2Flatest"), "/notes/{id}");
  for (const auto* path : {"/notes%2Flatest", "/notes/.", "/notes/..", "/notes/%2e", "/notes/.%2E"}) {
    EXPECT_FALSE(routes.find(verb::get, path).found) << path;
  }
  EXPECT_TRUE(routes.find(verb::get, "/notes/...").found);
}

// One path may have several methods; HEAD goes with GET, and Allow says what there is.
TEST(Router, Methods) {
  router routes;
  routes.get("/a/{b}", nothing);
  routes.put("/a/{b}", nothing);
  routes.remove("/a/{b}", nothing);
  routes.post("/only-post", nothing);
  for (const auto method : {verb::get, verb::head, verb::put, verb::delete_})
    EXPECT_TRUE(routes.find(method, "/a/1").match);
  EXPECT_EQ(routes.find(verb::head, "/a/1").match->method, verb::get);
  const auto missing = routes.find(verb::post, "/a/1");
  EXPECT_TRUE(missing.found);
  EXPECT_FALSE(missing.match);
  EXPECT_EQ(missing.allow, "GET, HEAD, PUT, DELETE, OPTIONS");
  EXPECT_EQ(routes.find(verb::get, "/only-post").allow, "POST, OPTIONS");
  EXPECT_FALSE(routes.find(verb::head, "/only-post").match);
}

// A literal path and a named one are different places: the literal's methods are not those of the name.
TEST(Router, LiteralHidesTheName) {
  router routes;
  routes.get("/a/literal", nothing);
  routes.put("/a/{name}", nothing);
  EXPECT_TRUE(routes.find(verb::put, "/a/other").match);
  EXPECT_EQ(routes.find(verb::put, "/a/literal").allow, "GET, HEAD, OPTIONS");
}

// What is there already, or is no pattern, is a programmer's fault and says so; names that differ are the same place.
TEST(Router, Faults) {
  router routes;
  routes.get("/a/{b}", nothing);
  EXPECT_THROW(routes.get("/a/{b}", nothing), std::logic_error);
  EXPECT_THROW(routes.get("/a/{other}", nothing), std::logic_error);
  EXPECT_THROW(routes.add(verb::head, "/a/{b}", nothing), std::logic_error) << "HEAD is answered by GET";
  for (const auto* pattern : {"", "a", "/a{b}", "/{}", "/{b}c", "/{b", "/b}"}) {
    EXPECT_THROW(routes.get(pattern, nothing), std::logic_error) << pattern;
  }
  EXPECT_EQ(routes.routes().size(), 1U) << "a refused route leaves nothing behind";
}

// A group's patterns stand behind its prefix, and the prefixes of the groups around it; what is equivalent is the same.
TEST(Router, Groups) {
  router routes;
  auto api = routes.group("/%61pi");
  auto inner = api.group("/{tenant}").group("");
  api.get("", nothing);
  api.get("/", nothing);
  inner.put("/notes/{id}", nothing);
  EXPECT_EQ(pattern_of(routes, verb::get, "/api"), "/api");
  EXPECT_EQ(pattern_of(routes, verb::get, "/api/"), "/api/");
  EXPECT_EQ(pattern_of(routes, verb::put, "/api/7/notes/8"), "/api/{tenant}/notes/{id}");
  EXPECT_THROW(routes.put("/api/{other}/notes/{id}", nothing), std::logic_error);
  for (const auto* prefix : {"api", "/", "/api/"}) {
    EXPECT_THROW(routes.group(prefix), std::logic_error) << prefix;
  }
  EXPECT_THROW(api.get("notes", nothing), std::logic_error) << "a segment begins with '/'";
}

// Among a thousand routes each is found, and has its place in the list as its index.
TEST(Router, AThousandRoutes) {
  router routes;
  for (int i = 0; i < 500; ++i) {
    routes.get("/literal/" + std::to_string(i), nothing);
    routes.get("/named/" + std::to_string(i) + "/{id}/end", nothing);
  }
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto number = std::to_string(i / 2);
    const auto path = i % 2 == 0 ? "/literal/" + number : "/named/" + number + "/anything/end";
    const auto* match = routes.find(verb::get, path).match;
    ASSERT_TRUE(match) << path;
    EXPECT_EQ(match->index, i);
    EXPECT_EQ(match, routes.routes()[i].get());
  }
}

}  // namespace
}  // namespace sundown::http
