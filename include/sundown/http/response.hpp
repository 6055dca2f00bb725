#pragma once

#include <sundown/error.hpp>
#include <sundown/http/static_text.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http {

struct response;

namespace detail {
/// Puts the request's id where problem() has left a place for it, unless the body is another one by now.
void add_request_id(response& answer, std::string_view id);
void add_trace_id(response& answer, std::string_view id);
}  // namespace detail

/// Fields of a head: names and values, in their order.
using fields = std::vector<std::pair<std::string, std::string>>;

/// The answer to one request.
///
/// The status is one from 200 to 599; another is answered 500 and logged. Fields that frame the answer or that the
/// session writes itself are dropped from `headers` (Content-Length, Transfer-Encoding, Connection, Keep-Alive, Date,
/// Server, X-Request-Id), and so is a name or value that RFC 9110 §5 doesn't allow; each name is logged once per
/// worker. With `Upgrade` the session writes the `Connection: Upgrade` that belongs to it.
struct response {
  response() = default;
  /// `{200, "text/plain", "Hello"}`. A type that is known only at run time is given as a std::string, and becomes a
  /// field of its own.
  template <class Body = std::string>
    requires std::constructible_from<std::string, Body>
  response(unsigned code, static_text type, Body&& text = {}, fields more = {})
      : status(code), content_type(type), body(std::forward<Body>(text)), headers(std::move(more)) {}
  template <std::same_as<std::string> Type>
  response(unsigned code, Type type, std::string text = {}, fields more = {})
      : status(code), content_type(), body(std::move(text)), headers(std::move(more)) {
    headers.emplace_back("Content-Type", std::move(type));
  }

  /// Adds a field.
  response with(std::string name, std::string value) &&;
  response& with(std::string name, std::string value) &;

  unsigned status = 200;
  /// Empty: no Content-Type. The last one among the headers that is valid takes its place: there is one at most.
  static_text content_type = "text/plain; charset=utf-8";
  std::string body;
  fields headers;

 private:
  friend response problem(unsigned status, std::string_view detail);
  friend void detail::add_request_id(response& answer, std::string_view id);
  friend void detail::add_trace_id(response& answer, std::string_view id);
  /// The place for the request's id in the body of a problem(); 0: there is none.
  unsigned id_at_ = 0;
};

// Builders. A status other than the usual one comes first: text("Hello"), text(202, "Later"). JSON of values and of
// structs is in <sundown/http/json.hpp>.

/// A text for people, UTF-8.
template <class Body>
  requires std::constructible_from<std::string, Body>
response text(unsigned status, Body&& body) {
  return {status, "text/plain; charset=utf-8", std::forward<Body>(body)};
}
template <class Body>
  requires std::constructible_from<std::string, Body>
response text(Body&& body) {
  return text(200, std::forward<Body>(body));
}

/// A text that is JSON already.
template <class Body>
  requires std::constructible_from<std::string, Body>
response json_text(unsigned status, Body&& body) {
  return {status, "application/json", std::forward<Body>(body)};
}
template <class Body>
  requires std::constructible_from<std::string, Body>
response json_text(Body&& body) {
  return json_text(200, std::forward<Body>(body));
}

/// 204, for a change that leaves nothing to say.
response no_content();

/// 201: the answer tells of what there is now at `location`, a URI or a path (RFC 9110 §15.3.2); its status is set.
response created(std::string location, response whole = {201, {}});

/// The client is to go to `location`, a URI or a path. 303 (See Other): with GET, whatever the method was. 301, 302,
/// 307 and 308 are the other statuses that send somewhere (RFC 9110 §15.4); std::logic_error is thrown for any else.
response redirect(std::string location, unsigned status = 303);

/// An error as RFC 9457 problem+json. The session adds the request's id as the member `request_id`; `detail` is shown
/// to the client, so it says what to do and holds no internals. A problem that a handler writes by itself is sent as it
/// is.
response problem(unsigned status, std::string_view detail);

/// The problem that an expected error maps to. Of its texts only `shown` is in it, never `detail`.
response problem(const error& e);

/// The reason phrase of RFC 9110 §15, "" for an unknown code.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace sundown::http
