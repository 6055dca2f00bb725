// What is shipped for groups: CORS, guards for tokens and keys, security headers, limits; over HTTP/1.1 and HTTP/2.
#include "http2/fixture.hpp"

#include <sundown/http/cors.hpp>
#include <sundown/http/credentials.hpp>
#include <sundown/http/security_headers.hpp>

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto token = "t0ken-of-deploy";
constexpr auto page = "https://shop.example";

/// What both protocols have answered.
struct both {
  reply plain;
  stream_answer streamed;

  /// All values of a field, as HTTP/1 has them.
  std::string all(std::string_view name) const {
    std::string values;
    for (const auto& [each, value] : plain.fields) {
      if (each == name) values += (values.empty() ? "" : ", ") + value;
    }
    return values;
  }
};

class Chain : public Http2 {
 protected:
  /// A request without a body, by both protocols: the status is the same, and so are these fields.
  both ask(const std::string& method, const std::string& path, const field_list& more = {}) {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: test\r\n";
    for (const auto& [name, value] : more) text += name + ": " + value + "\r\n";
    if (method != "GET" && method != "OPTIONS") text += "Content-Length: 0\r\n";
    both got{app->ask(text + "\r\n"), {}};
    auto client = connect();
    got.streamed = client.answer(client.request(method, path, more));
    EXPECT_EQ(got.plain.status, got.streamed.status) << method << ' ' << path;
    for (const auto* name : {"access-control-allow-origin", "access-control-allow-methods", "access-control-max-age",
                             "access-control-allow-headers", "access-control-expose-headers", "www-authenticate",
                             "access-control-allow-credentials", "content-security-policy"})
      EXPECT_EQ(got.all(name), got.streamed.field(name)) << method << ' ' << path << ' ' << name;
    return got;
  }
  both preflight(const std::string& path, const std::string& origin, const std::string& method,
                 const std::string& headers = {}) {
    field_list more{{"origin", origin}, {"access-control-request-method", method}};
    if (!headers.empty()) more.emplace_back("access-control-request-headers", headers);
    return ask("OPTIONS", path, more);
  }

  void add(http::router& to) override {
    auto shop = to.group("/shop");
    shop.allows(http::cors({page, "http://localhost:3000"})
                    .headers({"Authorization", "Content-Type"})
                    .exposes({"ETag", "Location"})
                    .credentials()
                    .max_age(2h));
    shop.guarded_by(http::bearer_guard({{token, http::principal("deploy")}}));
    shop.get("/items", hello);
    shop.post("/items", echo);
    shop.add(http::verb::options, "/own", hello);
    shop.get("/own", hello).guarded_by(http::scope_guard("write"));
    shop.get("/varies", [](const http::request&) { return text("v").with("Vary", "Accept, origin"); });
    auto open = shop.group("/open");
    open.allows(http::cors({"*"}).headers({"*"}).methods({http::verb::get, http::verb::put}));
    open.get("", hello);
    open.put("", hello);
    open.remove("", hello);
    auto judged = to.group("/judged");
    judged.allows(http::cors([](std::string_view origin) { return origin.ends_with(".example"); }));
    judged.get("", hello);
  }
};

// A preflight is answered before the guards, with the methods of the path; an origin that isn't allowed, a path that
// isn't there, and a method that the path doesn't have are what a browser stops at.
TEST_F(Chain, Preflight) {
  start();
  const auto good = preflight("/shop/items", page, "POST", "authorization");
  EXPECT_EQ(good.plain.status, 204);
  EXPECT_EQ(good.all("access-control-allow-origin"), page);
  EXPECT_EQ(good.all("access-control-allow-credentials"), "true");
  EXPECT_EQ(good.all("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(good.all("access-control-allow-headers"), "Authorization, Content-Type");
  EXPECT_EQ(good.all("access-control-max-age"), "7200");
  EXPECT_EQ(good.all("access-control-expose-headers"), "");
  EXPECT_EQ(good.all("vary"), "Origin");

  const auto stranger = preflight("/shop/items", "https://evil.example", "POST");
  EXPECT_EQ(stranger.plain.status, 204);
  EXPECT_EQ(stranger.all("access-control-allow-origin"), "");
  EXPECT_EQ(stranger.all("access-control-allow-methods"), "");
  EXPECT_EQ(stranger.all("vary"), "Origin");

  const auto nowhere = preflight("/shop/nothing", page, "GET");
  EXPECT_EQ(nowhere.plain.status, 404) << "which is no ok status: the browser stops";
  EXPECT_EQ(nowhere.all("access-control-allow-methods"), "");
  EXPECT_EQ(preflight("/shop/items", page, "DELETE").all("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(preflight("/hello", page, "GET").all("access-control-allow-origin"), "") << "a group's rules are its own";
}

// An OPTIONS handler of the service's own has all but the preflights, and its guards.
TEST_F(Chain, OwnOptions) {
  start();
  const auto asked = preflight("/shop/own", page, "GET");
  EXPECT_EQ(asked.plain.status, 204);
  EXPECT_EQ(asked.all("access-control-allow-methods"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("OPTIONS", "/shop/own").plain.status, 401);
  EXPECT_EQ(ask("OPTIONS", "/shop/own", {{"authorization", std::string("Bearer ") + token}}).plain.status, 200);
}

// The answers themselves, refusals as well, say who may read them; Vary is there whoever asks, once.
TEST_F(Chain, AnswersToOtherOrigins) {
  start();
  const auto credentials = std::string("Bearer ") + token;
  const auto good = ask("GET", "/shop/items", {{"origin", page}, {"authorization", credentials}});
  EXPECT_EQ(good.plain.status, 200);
  EXPECT_EQ(good.all("access-control-allow-origin"), page);
  EXPECT_EQ(good.all("access-control-expose-headers"), "ETag, Location");
  EXPECT_EQ(good.all("access-control-allow-methods"), "");
  const auto refused = ask("GET", "/shop/items", {{"origin", "http://localhost:3000"}});
  EXPECT_EQ(refused.plain.status, 401);
  EXPECT_EQ(refused.all("access-control-allow-origin"), "http://localhost:3000");
  for (const auto* origin : {"https://SHOP.example", "https://shop.example/", "https://shop.example.evil", "null"}) {
    const auto other = ask("GET", "/shop/items", {{"origin", origin}, {"authorization", credentials}});
    EXPECT_EQ(other.plain.status, 200) << origin;
    EXPECT_EQ(other.all("access-control-allow-origin"), "") << origin;
    EXPECT_EQ(other.all("vary"), "Origin") << origin;
  }
  EXPECT_EQ(ask("GET", "/shop/items", {{"authorization", credentials}}).all("vary"), "Origin");
  EXPECT_EQ(ask("GET", "/shop/varies", {{"authorization", credentials}}).all("vary"), "Accept, origin");
}

// The rules of an inner group hold alone; "*" depends on nobody, and a predicate on each.
TEST_F(Chain, OriginsOfInnerGroups) {
  start();
  const auto open = preflight("/shop/open", "https://any.example", "PUT", "x-one, authorization");
  EXPECT_EQ(open.all("access-control-allow-origin"), "*");
  EXPECT_EQ(open.all("access-control-allow-credentials"), "");
  EXPECT_EQ(open.all("access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(open.all("access-control-allow-headers"), "x-one, authorization");
  EXPECT_EQ(open.all("vary"), "Access-Control-Request-Headers");
  EXPECT_EQ(ask("GET", "/shop/open").all("vary"), "");
  EXPECT_EQ(ask("GET", "/judged", {{"origin", "https://a.example"}}).all("access-control-allow-origin"),
            "https://a.example");
  EXPECT_EQ(ask("GET", "/judged", {{"origin", "https://a.test"}}).all("access-control-allow-origin"), "");
}

template <class Call>
std::string refusal_of(Call call) {
  try {
    call();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "none";
}

// Rules that no browser would follow are refused at the start.
TEST(CorsRules, AreJudgedAtTheStart) {
  http::router to;
  const auto fault = [&](const http::cors& rules) { return refusal_of([&] { to.group("/a").allows(rules); }); };
  EXPECT_THAT(fault(http::cors({"*"}).credentials()), HasSubstr("name the origins"));
  EXPECT_THAT(fault(http::cors(std::vector<std::string>())), HasSubstr("no origin is allowed"));
  for (const std::string origin : {"https://shop.example/", "shop.example", "https://Shop.example", "https://a.b/c",
                                   "https://*.shop.example", "null", "https://"})
    EXPECT_THAT(fault(http::cors({page, origin})), HasSubstr("'" + origin + "' is no origin"));
  to.allows(http::cors({page}));
  EXPECT_THAT(refusal_of([&] { to.allows(http::cors({page})); }), HasSubstr("CORS is there already"));
}

class Credentials : public Chain {
 protected:
  using enum errc;
  static http::response who(const http::request& asked) { return text(asked.get<http::principal>().name); }

  static task<result<std::optional<http::principal>>> look_up(std::string secret) {
    if (secret == "down") co_return error{unavailable, "the store of keys is down"};
    if (secret == "k2") co_return http::principal("looked up", {"write"});
    co_return std::nullopt;
  }

  void add(http::router& to) override {
    auto api = to.group("/api");
    api.guarded_by(http::bearer_guard({{token, http::principal("deploy", {"write"})},
                                       {"t0ken-of-deplox", http::principal("reader", {"read"})},
                                       {"second", http::principal("deploy", {"write"})}}));
    api.get("/who", who);
    api.post("/who", who).guarded_by(http::scope_guard("write"));
    api.get("/websocket", [](const http::request& asked, http::websocket& peer) -> task<> {
      co_await peer.write(asked.get<http::principal>().name, true);
    });
    auto keyed = to.group("/keyed");
    keyed.guarded_by(http::api_key_guard("X-API-Key", {{"k1", http::principal("keyed")}}));
    keyed.get("/who", who);
    auto looked_up = to.group("/looked-up");
    looked_up.guarded_by(http::api_key_guard("X-API-Key", look_up));
    looked_up.get("/who", who);
    looked_up.post("/who", who).guarded_by(http::scope_guard("write"));
  }
};

// Whoever has a token is let in by its owner's name; the others are told what RFC 6750 says.
TEST_F(Credentials, BearerTokens) {
  start();
  struct row {
    std::string given;
    int status;
    std::string says;  // the name, or the challenge
  };
  const auto known = std::string(token);
  for (const auto& [given, status, says] : {
           row{"Bearer " + known, 200, "deploy"},
           row{"bearer   " + known, 200, "deploy"},
           row{"Bearer t0ken-of-deplox", 200, "reader"},
           row{"Bearer second", 200, "deploy"},
           row{"", 401, "Bearer"},
           row{"Basic bWU6c2VjcmV0", 401, "Bearer"},
           row{known, 401, "Bearer"},
           row{"Bearer t0ken-of-deploz", 401, R"(Bearer error="invalid_token")"},
           row{"Bearer " + known + "x", 401, R"(Bearer error="invalid_token")"},
           row{"Bearer", 400, R"(Bearer error="invalid_request")"},
           row{"Bearer a b", 400, R"(Bearer error="invalid_request")"},
       }) {
    const auto got = ask("GET", "/api/who", given.empty() ? field_list() : field_list{{"authorization", given}});
    EXPECT_EQ(got.plain.status, status) << given;
    EXPECT_EQ(status == 200 ? got.plain.body : got.all("www-authenticate"), says) << given;
    EXPECT_EQ(status == 200 ? got.streamed.body : got.streamed.field("www-authenticate"), says) << given;
  }
  const auto two = ask("GET", "/api/who", {{"authorization", "Bearer " + known}, {"authorization", "Bearer " + known}});
  EXPECT_EQ(two.plain.status, 400);
}

// Who is known and may not is 403, not 401.
TEST_F(Credentials, Scopes) {
  start();
  EXPECT_EQ(ask("POST", "/api/who", {{"authorization", "Bearer second"}}).plain.body, "deploy");
  const auto refused = ask("POST", "/api/who", {{"authorization", "Bearer t0ken-of-deplox"}});
  EXPECT_EQ(refused.plain.status, 403);
  EXPECT_EQ(refused.all("www-authenticate"), R"(Bearer error="insufficient_scope", scope="write")");
  EXPECT_EQ(ask("POST", "/api/who").plain.status, 401);
}

// Keys likewise, and those that the service looks up by itself; a look-up that fails is no refusal.
TEST_F(Credentials, ApiKeys) {
  start();
  EXPECT_EQ(ask("GET", "/keyed/who", {{"x-api-key", "k1"}}).plain.body, "keyed");
  const auto unknown = ask("GET", "/keyed/who", {{"x-api-key", "k2"}});
  EXPECT_EQ(unknown.plain.status, 401);
  EXPECT_EQ(unknown.all("www-authenticate"), "ApiKey");
  EXPECT_EQ(ask("GET", "/keyed/who").plain.status, 401);
  EXPECT_EQ(ask("POST", "/looked-up/who", {{"x-api-key", "k2"}}).plain.body, "looked up");
  EXPECT_EQ(ask("GET", "/looked-up/who", {{"x-api-key", "k1"}}).plain.status, 401);
  EXPECT_EQ(ask("GET", "/looked-up/who", {{"x-api-key", "down"}}).plain.status, 503);
}

// A handshake is guarded like every request.
TEST_F(Credentials, WebSockets) {
  start();
  const std::string handshake =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_EQ(app->ask(get("/api/websocket", handshake)).status, 401);
  auto client = app->send(get("/api/websocket", handshake + "Authorization: Bearer second\r\n"));
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_TRUE(client.read_until("deploy"));
}

// Secrets that can't be meant are refused at the start, without being shown.
TEST(KnownCredentials, AreJudgedAtTheStart) {
  const auto fault = [](std::vector<http::credential> known) {
    return refusal_of([&] { http::bearer_guard(std::move(known)); });
  };
  EXPECT_THAT(fault({}), HasSubstr("would let nobody in"));
  EXPECT_THAT(fault({{"", http::principal("me")}}), HasSubstr("of 'me' must be printable ASCII"));
  EXPECT_THAT(fault({{"a b", http::principal("me")}}), HasSubstr("must be printable ASCII"));
  EXPECT_THAT(fault({{"same", http::principal("a")}, {"same", http::principal("b")}}),
              HasSubstr("of 'b' is there twice"));
}

class SecurityHeaders : public Chain {
 protected:
  void add(http::router& to) override {
    to.on_answer(http::security_headers().strict_transport(24h, true).opener_policy("same-origin"));
    to.get("/own",
           [](const http::request&) { return text("own").with("content-security-policy", "default-src 'self'"); });
    auto framed = to.group("/framed");
    framed.on_answer(
        http::security_headers().frame_ancestors("'self'").referrer_policy("").resource_policy("same-site"));
    framed.get("", hello);
  }
};

// Every answer has them, errors too; what a handler has set is left, and an inner group's come before the outer's.
TEST_F(SecurityHeaders, AreAdded) {
  setting how;
  how.limits.trusted_proxies = {"127.0.0.0/8"};
  start(how);
  for (const auto* path : {"/hello", "/nothing"}) {
    const auto got = ask("GET", path);
    EXPECT_EQ(got.all("x-content-type-options"), "nosniff");
    EXPECT_EQ(got.all("content-security-policy"), "frame-ancestors 'none'");
    EXPECT_EQ(got.all("x-frame-options"), "DENY");
    EXPECT_EQ(got.all("referrer-policy"), "no-referrer");
    EXPECT_EQ(got.all("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(got.all("strict-transport-security"), "") << "by http it is ignored, and must not be sent";
  }
  EXPECT_EQ(ask("GET", "/own").all("content-security-policy"), "default-src 'self'");
  const auto framed = ask("GET", "/framed", {{"x-forwarded-for", "192.0.2.1"}, {"x-forwarded-proto", "https"}});
  EXPECT_EQ(framed.all("content-security-policy"), "frame-ancestors 'self'");
  EXPECT_EQ(framed.all("x-frame-options"), "SAMEORIGIN");
  EXPECT_EQ(framed.all("referrer-policy"), "no-referrer");
  EXPECT_EQ(framed.all("cross-origin-resource-policy"), "same-site");
  EXPECT_EQ(framed.all("strict-transport-security"), "max-age=86400; includeSubDomains");
}

class GroupLimits : public Chain {
 protected:
  void add(http::router& to) override {
    auto outer = to.group("/outer");
    outer.post("/early", echo);
    outer.limits({.body_limit = 10});
    auto inner = outer.group("/inner");
    inner.limits({.body_limit = 20});
    auto silent = inner.group("");
    silent.post("/inner", echo);
    silent.post("/own", echo, {.body_limit = 30});
    silent.post("/guarded", echo, {.body_limit = 30}).guarded_by([](const http::request&) {
      return std::optional<http::response>();
    });
    silent.post("/stream", upload);
    to.post("/free", echo);
  }
  int post(const std::string& path, std::size_t size) {
    const std::string body(size, 'b');
    const auto plain = app->ask("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
                                "\r\n\r\n" + body);
    auto client = connect();
    EXPECT_EQ(plain.status, client.answer(client.post(path, body)).status) << path << ' ' << size;
    return plain.status;
  }
};

// The route's own limit, else the inner group's, else the outer one's, whenever it was set; else the configuration's.
TEST_F(GroupLimits, Bodies) {
  start();
  struct row {
    std::string path;
    std::size_t limit;
  };
  for (const auto& [path, limit] : {row{"/outer/early", 10}, row{"/outer/inner/inner", 20}, row{"/outer/inner/own", 30},
                                    row{"/outer/inner/guarded", 30}, row{"/outer/inner/stream", 20}}) {
    EXPECT_EQ(post(path, limit), 200) << path;
    EXPECT_EQ(post(path, limit + 1), 413) << path;
  }
  EXPECT_EQ(post("/free", 1000), 200);
}

// A media type is a route's own: a GET beside it has no body.
TEST(GroupLimitRules, NoMediaType) {
  http::router to;
  EXPECT_THAT(refusal_of([&] { to.group("/a").limits({.accepts = "application/json"}); }), HasSubstr("a route's own"));
}

}  // namespace
}  // namespace sundown::test
