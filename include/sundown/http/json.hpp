#pragma once

#include <sundown/error.hpp>
#include <sundown/http/detail/read_json.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

/// JSON in and out: values of Boost.JSON and structs described to Boost.Describe. The heavy header of the HTTP surface:
/// include it where bodies are read and written, not in other headers.
///
///     struct order {
///       std::string item;
///       std::uint16_t quantity = 0;
///       std::optional<std::string> hint;
///     };
///     BOOST_DESCRIBE_STRUCT(order, (), (item, quantity, hint))
///
///     http::response place(const http::request& request) {
///       const auto wanted = http::json_body<order>(request);
///       if (!wanted) return http::problem(wanted.error());
///       return http::created("/orders/7", http::json(*wanted));
///     }
///
/// In a coroutine, give a struct that stands in a co_await expression a constructor (sundown/task.hpp).
namespace sundown::http {

/// JSON of a boost::json::value, object or array, of a described struct, or of a container or std::optional of them. A
/// std::string becomes a JSON string: what is JSON already is json_text()'s.
template <class T>
response json(unsigned status, const T& value) {
  if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
                std::same_as<T, boost::json::array>) {
    return json_text(status, boost::json::serialize(value));
  } else {
    constexpr bool known = boost::json::has_value_from<T>::value;
    static_assert(known,
                  "JSON is written of a boost::json::value, or of a struct that is described: "
                  "BOOST_DESCRIBE_STRUCT(order, (), (item, quantity))");
    if constexpr (known) return json_text(status, boost::json::serialize(boost::json::value_from(value)));
    return {};
  }
}
template <class T>
response json(const T& value) {
  return json(200, value);
}

/// 201, with what there is now at `location`.
template <class T>
  requires(!std::convertible_to<T, response>)
response created(std::string location, const T& value) {
  return created(std::move(location), json(201, value));
}

/// Reads a described struct out of a JSON text.
///
/// A struct, one without bases, is an object with its members' names; they may be of type bool, integer, floating
/// point, std::string, described enum (its names), described struct, std::vector or std::map (std::string to value) of
/// these, or boost::json::value, which takes anything. A number must fit its member's type without loss. A member must
/// be there, unless it is a std::optional, which may be absent or null. Other members of the object are ignored: a
/// client may send back what it got, with members that it can't set. Of a name that comes twice the last one counts.
///
/// Cost: what no member takes is passed over, and of no value more is kept than its member. 32 levels at most.
///
/// Errors, all with a text for the client: malformed (400) for what is no JSON; invalid (422) for the first member, in
/// the struct's order, that is missing or of another shape, by its name ("'lines[2].price' must be a number.").
template <class T>
result<T> parse_json(std::string_view text) {
  auto whole = detail::start_json(text);
  if (!whole) return whole.error();
  T value{};
  if (const auto fault = detail::read_json(*whole, value)) return detail::error_of(*fault);
  return value;
}

/// The same of a request's body. Let the route say that it takes "application/json" (route_options::accepts): then
/// nothing else comes here.
template <class T>
result<T> json_body(const request& from) {
  return parse_json<T>(from.body());
}

}  // namespace sundown::http
