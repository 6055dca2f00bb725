#include <sundown/http/response.hpp>

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

#include <stdexcept>
#include <utility>

namespace sundown::http {

std::string_view reason_phrase(unsigned status) noexcept {
  // RFC 9110 renamed two of those that Beast knows by their RFC 7231 names.
  if (status == 413) return "Content Too Large";
  if (status == 422) return "Unprocessable Content";
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) return {};
  const auto text = boost::beast::http::obsolete_reason(known);
  return {text.data(), text.size()};
}

response& response::with(std::string name, std::string value) & {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

response response::with(std::string name, std::string value) && {
  return std::move(with(std::move(name), std::move(value)));
}

response no_content() { return {204, {}}; }

response created(std::string location, response whole) {
  whole.status = 201;
  whole.with("Location", std::move(location));
  return whole;
}

response redirect(std::string location, unsigned status) {
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return response{status, {}}.with("Location", std::move(location));
    default:
      throw std::logic_error("redirect: the status " + std::to_string(status) + " sends nobody elsewhere");
  }
}

response problem(unsigned status, std::string_view detail) {
  boost::json::object body{{"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}};
  if (!detail.empty()) body["detail"] = detail;
  response whole{status, "application/problem+json", boost::json::serialize(body)};
  whole.id_at_ = static_cast<unsigned>(whole.body.size() - 1);
  return whole;
}

namespace {

/// Of digits, letters and hyphens.
void add_member(std::string& object, std::string_view name, std::string_view value) {
  object.pop_back();
  object.append(",\"").append(name).append("\":\"").append(value).append("\"}");
}

}  // namespace

void detail::add_request_id(response& answer, std::string_view id) {
  if (answer.id_at_ == 0 || answer.id_at_ + 1 != answer.body.size() || answer.body.back() != '}') return;
  add_member(answer.body, "request_id", id);
}

void detail::add_trace_id(response& answer, std::string_view id) {
  // Behind the request's id, which is there by now; a body that was written over has no place for either.
  if (answer.id_at_ == 0 || answer.id_at_ + 1 >= answer.body.size() || answer.body.back() != '}') return;
  if (!std::string_view(answer.body).substr(answer.id_at_).starts_with(",\"request_id\":")) return;
  add_member(answer.body, "trace_id", id);
}

namespace {

struct meaning {
  unsigned status;
  std::string_view detail;
};

/// What a client is told of an expected error that says nothing to it by itself.
meaning meaning_of(errc code) {
  switch (code) {
    case errc::not_found:
      return {404, "There is nothing at this address."};
    case errc::conflict:
      return {412, "It was changed in the meantime: get it again and use its new ETag."};
    case errc::malformed:
      return {400, "The request is malformed."};
    case errc::invalid:
      return {422, "The request is well formed, but what it asks for can't be done."};
    case errc::busy:
      return {503, "Too many requests are waiting for the store: try again."};
    case errc::unavailable:
    case errc::timed_out:
      return {503, "The store does not answer at the moment: try again."};
    case errc::canceled:
      return {503, "The service is stopping: try again."};
  }
  return {500, {}};
}

}  // namespace

response problem(const error& e) {
  const auto usual = meaning_of(e.code);
  auto whole = problem(usual.status, e.shown.empty() ? usual.detail : e.shown);
  if (usual.status == 503) whole.with("Retry-After", "1");
  return whole;
}

}  // namespace sundown::http
