// Which handler a method and a path lead to.
#include <sundown/http/router.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

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
       {"/parts/{id}", "/parts/latest", "/parts/latest/tags", "/{any}/{id}/tags", "/{any}/latest/x"}) {
    routes.get(pattern, nothing);
  }
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/latest"), "/parts/latest");
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/7"), "/parts/{id}");
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/latest/tags"), "/parts/latest/tags");
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/7/tags"), "/{any}/{id}/tags");
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/latest/x"), "/{any}/latest/x");
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/7/x"), "(none)");
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
  routes.get("/parts/latest", nothing);
  routes.get("/parts/{id}", nothing);
  for (const auto* path : {"/caf%C3%a9/a", "/%63af%c3%a9/%61"}) {
    EXPECT_EQ(pattern_of(routes, verb::get, path), "/caf%C3%A9/a") << path;
  }
  EXPECT_EQ(pattern_of(routes, verb::get, "/parts/%6Catest"), "/parts/latest");
  EXPECT_EQ(pattern_of(routes, verb::get, "/%70arts/%2Flatest"), "/parts/{id}");
  for (const auto* path : {"/parts%2Flatest", "/parts/.", "/parts/..", "/parts/%2e", "/parts/.%2E"}) {
    EXPECT_FALSE(routes.find(verb::get, path).found) << path;
  }
  EXPECT_TRUE(routes.find(verb::get, "/parts/...").found);
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
  inner.put("/parts/{id}", nothing);
  EXPECT_EQ(pattern_of(routes, verb::get, "/api"), "/api");
  EXPECT_EQ(pattern_of(routes, verb::get, "/api/"), "/api/");
  EXPECT_EQ(pattern_of(routes, verb::put, "/api/7/parts/8"), "/api/{tenant}/parts/{id}");
  EXPECT_THROW(routes.put("/api/{other}/parts/{id}", nothing), std::logic_error);
  for (const auto* prefix : {"api", "/", "/api/"}) {
    EXPECT_THROW(routes.group(prefix), std::logic_error) << prefix;
  }
  EXPECT_THROW(api.get("parts", nothing), std::logic_error) << "a segment begins with '/'";
}

/// What the router says of such a route.
template <class Handler>
std::string refusal_of(verb method, const std::string& pattern, Handler call) {
  router routes;
  try {
    routes.add(method, pattern, std::move(call));
  } catch (const std::logic_error& e) {
    return e.what();
  }
  return "taken";
}

// A route to which no request can lead is not taken, and one sentence says why.
TEST(Router, RoutesThatNothingLeadsTo) {
  EXPECT_EQ(refusal_of(verb::head, "/a", nothing), "route '/a': HEAD is answered by the handler of GET");
  EXPECT_EQ(refusal_of(verb::connect, "/a", nothing), "route '/a': CONNECT is refused, for there is no tunnel");
  EXPECT_EQ(refusal_of(verb::unknown, "/a", nothing), "route '/a': its method is none that is known");
  const auto empty = "route '/a': its handler is an empty function";
  EXPECT_EQ(refusal_of(verb::get, "/a", plain_handler()), empty);
  EXPECT_EQ(refusal_of(verb::get, "/a", async_handler()), empty);
  EXPECT_EQ(refusal_of(verb::get, "/a", upload_handler()), empty);
  EXPECT_EQ(refusal_of(verb::get, "/a", stream_handler()), empty);
  EXPECT_EQ(refusal_of(verb::get, "/a", websocket_handler()), empty);
  EXPECT_EQ(refusal_of(verb::get, "/a", static_cast<response (*)(const request&)>(nullptr)), empty);

  const std::pair<const char*, const char*> patterns[] = {
      {"", "it must begin with '/'"},
      {"a", "it must begin with '/'"},
      {"*", "it must begin with '/'"},
      {"/a{b}", "a name is a whole segment, '/{name}'"},
      {"/{a}{b}", "a name is a whole segment, '/{name}'"},
      {"/a?b", "it is a path, without a query or a fragment"},
      {"/a/{b}?c=d", "a name is a whole segment, '/{name}'"},
      {"/?", "it is a path, without a query or a fragment"},
      {"/a#b", "it is a path, without a query or a fragment"},
      {"/a b", "other characters are percent-encoded, '%20'"},
      {"/a\tb", "other characters are percent-encoded, '%20'"},
      {"/caf\xc3\xa9", "other characters are percent-encoded, '%20'"},
      {"/a\"b", "other characters are percent-encoded, '%20'"},
      {"/a\\b", "other characters are percent-encoded, '%20'"},
      {"/100%", "other characters are percent-encoded, '%20'"},
      {"/%4", "other characters are percent-encoded, '%20'"},
      {"/%zz/a", "other characters are percent-encoded, '%20'"},
      {"/.", "no path with a dot segment leads anywhere"},
      {"/a/../b", "no path with a dot segment leads anywhere"},
      {"/a/%2E%2e", "no path with a dot segment leads anywhere"},
      {"/{a}/b/{a}", "a name stands for one segment only"},
  };
  for (const auto& [pattern, why] : patterns) {
    EXPECT_TRUE(refusal_of(verb::get, pattern, nothing).ends_with(std::string("': ") + why))
        << pattern << ": " << refusal_of(verb::get, pattern, nothing);
  }
  for (const auto* pattern : {"/", "//", "/a/", "/...", "/a.b", "/%20", "/a;b=c,d", "/@a:b!$&'()*+", "/a|b", "/[a]",
                              "/{a}/{b}", "/{a}/a", "/{.}", "/{a b}"}) {
    EXPECT_EQ(refusal_of(verb::get, pattern, nothing), "taken") << pattern;
  }
  for (const auto method : {verb::get, verb::put, verb::patch, verb::options, verb::trace, verb::propfind}) {
    EXPECT_EQ(refusal_of(method, "/a", nothing), "taken");
  }
}

// A guard or a check that is no function would let everybody in: it is refused.
TEST(Router, EmptyGuardsAndChecks) {
  router routes;
  EXPECT_THROW(routes.guarded_by(guard_function()), std::logic_error);
  const websocket_handler chat = [](const request&, websocket&) -> task<> { co_return; };
  EXPECT_THROW(routes.get_websocket("/chat", chat, handshake_check()), std::logic_error);
  EXPECT_TRUE(routes.routes().empty());
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
