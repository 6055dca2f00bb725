#include "service/admin.hpp"

#include <sundown/http/json.hpp>

namespace sundown::serving {

namespace json = boost::json;

namespace {

/// The answer to a rehearsal's call, which may be repeated.
http::response readiness_now(const stop::readiness& readiness, stop::readiness::phase wanted) {
  if (readiness.now() != wanted)
    return http::problem(409, "The service is starting or stopping: there is nothing to rehearse.");
  const json::object body{{"state", stop::to_string(readiness.now())}, {"ready", readiness.ready()}};
  return http::json(body);
}

double seconds(milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

json::array longest_requests(const stop::server_activity& activity) {
  json::array longest;
  for (const auto& one : activity.longest)
    longest.push_back(json::object{{"request", one.what}, {"seconds", seconds(one.age)}});
  return longest;
}

http::response status(const http::request&, const http::server& server, const stop::shutdown& stop,
                      const stop::readiness& readiness) {
  const auto activity = server.activity();
  const auto progress = stop.snapshot();
  const json::object body{{"state", stop::to_string(readiness.now())},
                          {"step", progress.step},
                          {"waiting_for", progress.waiting_for},
                          {"seconds_left", stop.stopping() ? json::value(seconds(progress.remaining)) : json::value()},
                          {"connections", activity.connections},
                          {"requests", activity.requests},
                          {"longest", longest_requests(activity)}};
  return http::json(body);
}

http::response begin_shutdown(const http::request&, stop::shutdown& stop) {
  stop.trigger(stop::stop_kind::orderly, "POST /admin/shutdown");
  return http::json_text(202, R"({"state":"stopping"})");
}

http::response drain(const http::request&, stop::readiness& readiness) {
  readiness.drain();
  return readiness_now(readiness, stop::readiness::phase::draining);
}

http::response undrain(const http::request&, stop::readiness& readiness) {
  readiness.undrain();
  return readiness_now(readiness, stop::readiness::phase::ready);
}

}  // namespace sundown::serving
