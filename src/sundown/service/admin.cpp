#include "service/admin.hpp"

#include <sundown/http/json.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::serving {

namespace json = boost::json;

namespace {

bool is_loopback(std::string_view remote) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(remote, ec);
  if (ec) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

bool is_bearer(std::string_view scheme) {
  return boost::beast::iequals(scheme, "Bearer");  // RFC 9110 §11.1: schemes are case-insensitive
}

/// Takes as long wherever texts of one length differ: the time would tell how much of the token is right.
bool is_same(std::string_view given, std::string_view token) {
  if (given.size() != token.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i)
    difference = static_cast<unsigned char>(difference | (given[i] ^ token[i]));
  return difference == 0;
}

/// The credentials are the scheme, spaces, a token (RFC 6750 §2.1), all in one field: two of them are none.
bool has_token(const http::request& asked, std::string_view token) {
  if (token.empty() || asked.count(http::field::authorization) != 1) return false;
  auto given = asked[http::field::authorization];
  const auto space = given.find(' ');
  if (space == given.npos || !is_bearer(given.substr(0, space))) return false;
  given.remove_prefix(std::min(given.find_first_not_of(' ', space), given.size()));
  return is_same(given, token);
}

http::response forbidden() {
  return http::problem(403, "Only from loopback, or with the bearer token of admin.token.");
}

/// The answer to a rehearsal's call, which may be repeated.
http::response readiness_now(const stop::readiness& readiness, stop::readiness::phase wanted) {
  if (readiness.now() != wanted)
    return http::problem(409, "The service is starting or stopping: there is nothing to rehearse.");
  const json::object body{{"state", stop::to_string(readiness.now())}, {"ready", readiness.ready()}};
  return http::json(body);
}

double seconds(milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

bool may_change(const http::request& asked, std::string_view token) {
  if (has_token(asked, token)) return true;
  return is_loopback(asked.remote()) && !asked.has_field(http::field::origin);
}

http::response status(const http::request&, const http::server& server, const stop::shutdown& stop,
                      const stop::readiness& readiness) {
  const auto activity = server.activity();
  const auto progress = stop.snapshot();
  json::array longest;
  for (const auto& one : activity.longest)
    longest.push_back(json::object{{"request", one.what}, {"seconds", seconds(one.age)}});
  const json::object body{{"state", stop::to_string(readiness.now())},
                          {"step", progress.step},
                          {"waiting_for", progress.waiting_for},
                          {"seconds_left", stop.stopping() ? json::value(seconds(progress.remaining)) : json::value()},
                          {"connections", activity.connections},
                          {"requests", activity.requests},
                          {"longest", std::move(longest)}};
  return http::json(body);
}

http::response begin_shutdown(const http::request& asked, stop::shutdown& stop, std::string_view token) {
  if (!may_change(asked, token)) return forbidden();
  stop.trigger(stop::stop_kind::orderly, "POST /admin/shutdown");
  return http::json_text(202, R"({"state":"stopping"})");
}

http::response drain(const http::request& asked, stop::readiness& readiness, std::string_view token) {
  if (!may_change(asked, token)) return forbidden();
  readiness.drain();
  return readiness_now(readiness, stop::readiness::phase::draining);
}

http::response undrain(const http::request& asked, stop::readiness& readiness, std::string_view token) {
  if (!may_change(asked, token)) return forbidden();
  readiness.undrain();
  return readiness_now(readiness, stop::readiness::phase::ready);
}

}  // namespace sundown::serving
