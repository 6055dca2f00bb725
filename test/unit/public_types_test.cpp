// No public type can be held so that GCC 12 breaks it: see sundown/task.hpp.
#include <sundown/blocking.hpp>
#include <sundown/cache.hpp>
#include <sundown/config.hpp>
#include <sundown/http/client_certificate.hpp>
#include <sundown/http/conditional.hpp>
#include <sundown/http/cors.hpp>
#include <sundown/http/credentials.hpp>
#include <sundown/http/figures.hpp>
#include <sundown/http/json.hpp>
#include <sundown/http/security_headers.hpp>
#include <sundown/http/server.hpp>
#include <sundown/http_client.hpp>
#include <sundown/http_client/outbox.hpp>
#include <sundown/keys.hpp>
#include <sundown/log.hpp>
#include <sundown/metrics.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/mongodb/bson.hpp>
#include <sundown/mongodb/settings.hpp>
#include <sundown/program.hpp>
#include <sundown/redis.hpp>
#include <sundown/service.hpp>
#include <sundown/shared_counter.hpp>
#include <sundown/sqlite.hpp>
#include <sundown/sqlite/settings.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/trace.hpp>
#include <sundown/uuid7.hpp>
#include "support/survives_gcc12.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace sundown {
namespace {

/// Names of types, all of which survive.
template <class... T>
std::set<std::string> table(const char* names) {
  static_assert((test::survives_gcc12<T> && ...), "a public type is an aggregate: give it a constructor");
  std::set<std::string> out;
  std::istringstream all(names);
  for (std::string name; std::getline(all >> std::ws, name, ',');) out.insert(name.substr(name.rfind(':') + 1));
  return out;
}

#define SUNDOWN_TABLE(...) table<__VA_ARGS__>(#__VA_ARGS__)

struct own_settings {
  int page = 0;
};
using keys = sundown::keys<own_settings>;
using pending_answer = detail::pending_answer<int>;
struct own_statements {
  explicit own_statements(sqlite::connection&) {}
};
void destroy(int*) {}
using fixed_text = trace::fixed_text<16>;
using database = sqlite::database<own_statements>;
using typed_write = sqlite::detail::typed_write<own_statements, int, result<int> (*)(own_statements&)>;
using shared_call = mongodb::detail::shared_call<result<int> (*)(mongodb::connection&), result<int>>;
using destroyed_by = mongodb::detail::destroyed_by<&destroy>;

const auto types = SUNDOWN_TABLE(
    advice, error, startup_error, http_config, admin_config, tls_config, shutdown_config, blocking_config,
    sqlite::settings, mongodb::settings, redis::settings, upgrade_config, config, program, histogram, metrics, service,
    text_rule, configuration::key, configuration::check, configuration::key_list, keys, http::duration_exemplar,
    http::route_figures, http::server_figures, http::handshake, http::client_certificate, http::stop_view,
    http::request, http::detail::attributes, http::detail::json_cursor, http::detail::shape_fault, http::response,
    http::added_route, http::route_group, http::route_options, http::route, http::router, http::router::resolution,
    http::server, http::server::options, http::static_text, http::preconditions, http::body_reader,
    http::response_stream, http::websocket, http::websocket::message, http::cors, http::principal, http::credential,
    http::security_headers, http_client::settings, http_client::request, http_client::answer, http_client::ended_call,
    http_client::client, http_client::stream, http_client::outbox_settings, http_client::outbox_event,
    http_client::outbox_turn, http_client::outbox_outcome, http_client::outbox_claim, http_client::outbox_backlog,
    http_client::outbox_store, http_client::outbox, stop::background, stop::stop_plan, stop::budget, stop::cut_work,
    stop::server_activity, stop::drain_summary, stop::drainable, stop::readiness, stop::closer_result,
    stop::step_result, stop::span_counts, stop::report, stop::shutdown, stop::shutdown::progress, log::options,
    log::field, log::access_entry, log::time_text, log::access_log, cache, cache::fill_lease, cache::lookup,
    lru_options, lru_cache, lru_cache::figures, redis::limits, redis::client, redis::cache_options, redis::cache,
    shared_counter, shared_counter::count, blocking_pool, pressure, call_context, uuid7_generator, fixed_text,
    trace::context, trace::database_address, trace::exemplar, trace::span, trace::parent, trace::sink, trace::sampler,
    trace::detail::tracer_core, trace::tracer, detail::call_gate, detail::call_gate::pass, pending_answer,
    sqlite::options, sqlite::schema, sqlite::connection, sqlite::value, sqlite::cursor, sqlite::statement, database,
    sqlite::detail::core, sqlite::detail::core::loan, sqlite::detail::statement_type, sqlite::detail::pending_write,
    typed_write, mongodb::options, mongodb::connection, mongodb::client, shared_call, destroyed_by, mongodb::document);

// The table above has every type that the public headers define for others: nobody else can name a private one.
TEST(PublicTypes, AreAllInTheTable) {
  const std::regex definition(R"((?:^|\n)\s*(?:struct|class) (\w+)(?: final)?(?: : [^{;]*)? \{)");
  std::size_t found = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(SUNDOWN_SOURCE_DIR "/include/sundown")) {
    if (!file.is_regular_file()) continue;
    if (file.path().parent_path().filename() == "testing") continue;  // no coroutine takes them
    std::ifstream in(file.path());
    std::string text(std::istreambuf_iterator<char>(in), {});
    for (std::size_t at; (at = text.find("\n private:\n")) != text.npos;) text.erase(at, text.find("\n};", at) - at);
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at, ++found) {
      EXPECT_TRUE(types.contains((*at)[1])) << file.path() << ": add " << (*at)[1] << " to the table";
    }
  }
  EXPECT_GE(found, types.size()) << "the expression finds the types no more";
}

}  // namespace
}  // namespace sundown
