// Mistakes. Each line behind a comment `wanted` is one; check.py expects one error of it, with the comment's words.
#include <sundown/http/json.hpp>
#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>
#include <sundown/sqlite.hpp>

namespace sundown {
namespace {

using http::request;
using http::response;

struct service {
  response answer(const request&) { return {}; }
};

struct own_settings {
  std::string file;
  int page = 1;
  double share = 0;
  const bool fixed = true;
  std::chrono::seconds patience{1};
  std::string text() const { return file; }
};

struct unmakeable {
  explicit unmakeable(int) {}
};

struct undescribed {
  int number = 0;
};

struct own_statements {
  explicit own_statements(sqlite::connection&) {}
};

struct uncopyable {
  std::unique_ptr<int> held;
  response operator()(const request&) { return {}; }
};

std::unique_ptr<int> held() { return {}; }
task<std::optional<response>> ready() { co_return std::nullopt; }
task<std::string> text() { co_return "text"; }
task<> nothing() { co_return; }
task<response> answer() { co_return response(); }
asio::awaitable<response> on_the_control_plane() { co_return response(); }
asio::awaitable<void> nothing_there() { co_return; }

}  // namespace

// clang-format off
void handlers(http::router& to) {
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return std::string("Hello"); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return "Hello"; });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) {});
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.post("/", [](const request&) { return 200; });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.post("/", [](const request&) { return std::optional<response>(); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.put("/", [](const request&) { return result<response>(response()); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return text(); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return nothing(); });
  // wanted: returns sundown::task<http::response>, not boost::asio::awaitable
  to.get("/", [](const request&) { return on_the_control_plane(); });
  // wanted: returns sundown::task<http::response>, not boost::asio::awaitable
  to.remove("/", [](const request&) { return nothing_there(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](request&) { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [] { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, response&) {});
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, std::string) { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](http::body_reader&, const request&) { return answer(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, http::body_reader&, http::response_stream&) { return answer(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", &service::answer);
  // wanted: a handler takes (const http::request&)
  to.get("/", nullptr);
  // wanted: a handler takes (const http::request&)
  to.get("/", "Hello");
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.get("/", uncopyable());
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.post("/", [held = held()](const request&, http::body_reader&) { return answer(); });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.get("/", [held = held()](const request&, http::websocket&) { return nothing(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return response(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return nothing(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return on_the_control_plane(); });
  // wanted: a handler that writes a stream (http::response_stream&) returns task<>
  to.get("/", [](const request&, http::response_stream&) {});
  // wanted: a handler that writes a stream (http::response_stream&) returns task<>
  to.get("/", [](const request&, http::response_stream&) { return answer(); });
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get("/", [](const request&, http::websocket&) {});
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get("/", [](const request&, http::websocket&) { return nothing_there(); });
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get_websocket("/", [](const request&) { return nothing(); }, [](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.get_websocket("/", [held = held()](const request&, http::websocket&) { return nothing(); }, [](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [held = held()](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [held = held()](const request&, http::handshake&) { return ready(); });
  // wanted: the check of a handshake takes (const http::request&, http::handshake&)
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [](const request&) { return true; });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.guarded_by([held = held()](const request&) { return std::optional<response>(); });
  // wanted: handlers, checks, guards and hooks are copied into the router
  to.guarded_by([held = held()](const request&) { return ready(); });
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.guarded_by([](const request&) { return true; });
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.guarded_by([](request&) { return std::optional<response>(); });
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.group("/v1").guarded_by([](const request&, response&) {});
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.get("/", [](const request&) { return response(); }).guarded_by([](const request&) { return nothing(); });
  // wanted: a hook on answers takes (const http::request&, http::response&) and returns nothing
  to.on_answer([](const request&, const response& answer) { return answer; });
  // wanted: a hook on answers takes (const http::request&, http::response&) and returns nothing
  to.on_answer([](const request&, response&) { return nothing(); });
  // wanted: a hook on answers takes (const http::request&, http::response&) and returns nothing
  to.group("").on_answer([](response&) {});
}

void requests(const request& asked) {
  // wanted: query_number(name, min, max, fallback) reads whole numbers
  asked.query_number("price", 0, 1.5, 0);
  // wanted: an attribute of a request is found by its type: make a struct for it
  asked.set(std::string("Ann"));
  // wanted: an attribute of a request is found by its type: make a struct for it
  asked.find<int>();
}

void bodies(const request& asked) {
  // wanted: JSON is read into a struct that is described
  http::json_body<undescribed>(asked);
  // wanted: JSON is written of a boost::json::value, or of a struct that is described
  http::json(undescribed());
}

void own_keys(keys<own_settings>& own, const keys<request>& other) {
  // wanted: a key's member is a pointer to a data member of the settings, or a function of (Settings&)
  own.text("file", "file", "The file");
  // wanted: a key's member is a pointer to a data member of the settings, or a function of (Settings&)
  own.text(&own_settings::text, "file", "The file");
  // wanted: a key's member is a pointer to a data member of the settings, or a function of (Settings&)
  own.number([](own_settings& all) { return all.page; }, "page", 1, 5, "A page");
  // wanted: a key's member is a pointer to a data member of the settings, or a function of (Settings&)
  own.number(&http::websocket::message::text, "page", 1, 5, "A page");
  // wanted: a key's member is a pointer to a data member of the settings, or a function of (Settings&)
  own.flag(&own_settings::fixed, "fixed", "Fixed");
  // wanted: a text is kept in a std::string
  own.text(&own_settings::page, "page", "A page");
  // wanted: a text is kept in a std::string
  own.secret(&own_settings::patience, "patience", "Patience");
  // wanted: a text is kept in a std::string
  own.choice(&own_settings::share, "share", {"a", "b"}, "A share");
  // wanted: a number or a size is kept in an integer
  own.number(&own_settings::file, "file", 1, 5, "The file");
  // wanted: a number or a size is kept in an integer
  own.size(&own_settings::patience, "patience", 1, 5, "Patience");
  // wanted: a duration is kept in sundown::milliseconds
  own.duration(&own_settings::patience, "patience", milliseconds(1), milliseconds(5), "Patience");
  // wanted: a flag is kept in a bool
  own.flag(&own_settings::page, "page", "A page");
  // wanted: a list is kept in a std::vector<std::string>
  own.list(&own_settings::file, "file", "The file");
  // wanted: a rule of (std::string_view) returns a bool, or what is wrong as a text
  own.text(&own_settings::file, "file", text_rule("short", [](std::string_view) { return 5; }), "The file");
  // wanted: the included table has the keys of that member's type
  own.include(&own_settings::file, other);
  // wanted: settings are a struct that can be made without arguments
  keys<unmakeable> none("none");
}

void databases(sqlite::database<own_statements>& database) {
  // wanted: a query is a function of (Statements&) that returns sundown::result<T>
  database.read([](own_statements&) { return 1; });
  // wanted: a query is a function of (Statements&) that returns sundown::result<T>
  database.read([]() -> result<int> { return 1; });
  // wanted: a write is a function of (Statements&) that returns sundown::result<T>
  database.write([](own_statements&) {});
  // wanted: give them a constructor that takes a sundown::sqlite::connection&
  static_assert(sizeof(sqlite::database<unmakeable>) > 0);
}

// clang-format on

}  // namespace sundown
