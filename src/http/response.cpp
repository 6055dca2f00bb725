#include <sundown/http/response.hpp>

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

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

response problem(unsigned status, std::string_view detail) {
  boost::json::object body{{"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}};
  if (!detail.empty()) body["detail"] = detail;
  return {status, "application/problem+json", boost::json::serialize(body), {}};
}

response problem(const error& e) {
  switch (e.code) {
    case errc::not_found:
      return problem(404, "There is nothing at this address.");
    case errc::conflict:
      return problem(412, "It was changed in the meantime: get it again and use its new ETag.");
    case errc::malformed:
      return problem(400, e.detail);
    case errc::invalid:
      return problem(422, e.detail);
    case errc::busy:
      return problem(503, "Too many requests are waiting for the store: try again.").with("Retry-After", "1");
    case errc::unavailable:
    case errc::timed_out:
      return problem(503, "The store does not answer at the moment: try again.").with("Retry-After", "1");
    case errc::canceled:
      return problem(503, "The service is stopping: try again.").with("Retry-After", "1");
  }
  return problem(500, {});
}

}  // namespace sundown::http
