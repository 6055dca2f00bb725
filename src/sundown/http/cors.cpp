#include <sundown/http/cors.hpp>

#include "http/answer_fields.hpp"
#include "http/list_field.hpp"
#include "http/preflight.hpp"

#include <algorithm>
#include <stdexcept>

namespace sundown::http {

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// What a browser may send: a scheme, a host in small letters, perhaps a port, and no path.
bool is_origin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == text.npos || colon == 0) return false;
  const auto host = text.substr(colon + 3);
  const bool has_capitals = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return !host.empty() && !has_capitals && host.find_first_of("/?#@* ") == host.npos;
}

}  // namespace

cors::cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  any_ = origins_.size() == 1 && origins_.front() == "*";
}

cors& cors::methods(std::vector<verb> names) { return methods_ = std::move(names), *this; }
cors& cors::headers(std::vector<std::string> names) { return headers_ = joined(names), *this; }
cors& cors::exposes(std::vector<std::string> names) { return exposed_ = joined(names), *this; }
cors& cors::credentials() { return credentials_ = true, *this; }
cors& cors::max_age(std::chrono::seconds limit) { return max_age_ = limit, *this; }

void cors::check() const {
  if (any_ && credentials_) {
    throw std::logic_error(
        "CORS: any origin ('*') with credentials would let every page act as its visitor, and browsers refuse it: name "
        "the origins");
  }
  if (any_ || allows_) return;
  if (origins_.empty()) throw std::logic_error("CORS: no origin is allowed: name some, or leave it out");
  for (const auto& each : origins_) {
    if (is_origin(each)) continue;
    throw std::logic_error("CORS: '" + each +
                           "' is no origin that a browser sends: it is a scheme and a host in small " +
                           "letters, perhaps a port, without a path or a '/' at its end: https://shop.example");
  }
}

bool cors::is_allowed(std::string_view origin) const {
  if (allows_) return allows_(origin);
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

void cors::operator()(const request& asked, response& answer) const {
  if (any_) {
    answer.with("Access-Control-Allow-Origin", "*");
  } else {
    detail::add_to_vary(answer, "Origin");
    const auto origin = asked[field::origin];
    if (asked.count(field::origin) != 1 || !is_allowed(origin)) return;
    answer.with("Access-Control-Allow-Origin", std::string(origin));
    if (credentials_) answer.with("Access-Control-Allow-Credentials", "true");
  }
  if (detail::is_preflight(asked)) return answer_preflight(asked, answer);
  if (!exposed_.empty()) answer.with("Access-Control-Expose-Headers", exposed_);
}

void cors::answer_preflight(const request& asked, response& answer) const {
  const auto* const of_path = detail::find_field(answer.headers, "Allow");
  if (answer.status != 204 || !of_path) return;  // nothing is there: the browser goes no further
  answer.with("Access-Control-Allow-Methods", allowed_methods(std::string(*of_path)));
  const bool whatever = headers_ == "*";
  if (whatever) detail::add_to_vary(answer, "Access-Control-Request-Headers");
  auto names = whatever ? std::string(asked[field::access_control_request_headers]) : headers_;
  if (!names.empty()) answer.with("Access-Control-Allow-Headers", std::move(names));
  answer.with("Access-Control-Max-Age", std::to_string(max_age_.count()));
}

std::string cors::allowed_methods(std::string_view of_path) const {
  std::string list;
  detail::for_each_element(of_path, [&](std::string_view name) {
    const auto is_named = [&](verb each) { return boost::beast::http::to_string(each) == name; };
    if (methods_.empty() || std::any_of(methods_.begin(), methods_.end(), is_named))
      list += (list.empty() ? "" : ", ") + std::string(name);
  });
  return list;
}

}  // namespace sundown::http
