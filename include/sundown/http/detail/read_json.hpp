#pragma once

#include <sundown/error.hpp>

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/conversion.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sundown::http::detail {

/// What is wrong with a JSON value: which part of it ("" for all of it), and what that must be.
struct shape_fault {
  shape_fault(std::string part, std::string rule) : where(std::move(part)), what(std::move(rule)) {}

  std::string where;
  std::string what;

  /// The same, seen from the array or object around it.
  shape_fault within(std::string outer) &&;
};

/// An error for the client: "'title' must be a string."
error error_of(const shape_fault& fault);

/// The value of a text that is JSON; malformed if it is none.
result<boost::json::value> parse_json_value(std::string_view text);

template <class T>
inline constexpr bool is_vector = false;
template <class T, class Allocator>
inline constexpr bool is_vector<std::vector<T, Allocator>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T, class Compare, class Allocator>
inline constexpr bool is_map<std::map<std::string, T, Compare, Allocator>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
std::string names_of_enum() {
  std::string names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto each) {
    if (!names.empty()) names += ", ";
    names.append("'").append(each.name).append("'");
  });
  return names;
}

/// Reads a value into a variable of the type that it must have; nothing if it has.
template <class T>
std::optional<shape_fault> read_json(const boost::json::value& from, T& into);

template <class T>
std::optional<shape_fault> read_number(const boost::json::value& from, T& into, std::string rule) {
  const auto number = from.try_to_number<T>();
  if (!number) return shape_fault({}, std::move(rule));
  into = *number;
  return std::nullopt;
}

template <class T>
std::optional<shape_fault> read_struct(const boost::json::value& from, T& into) {
  if (!from.is_object()) return shape_fault({}, "must be an object");
  const auto& object = from.get_object();
  std::optional<shape_fault> fault;
  boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
    if (fault) return;
    auto& place = into.*member.pointer;
    if (const auto* value = object.if_contains(member.name)) {
      if (auto inner = read_json(*value, place)) fault = std::move(*inner).within(member.name);
    } else if (!is_optional<std::remove_cvref_t<decltype(place)>>) {
      fault.emplace(member.name, "is missing");
    }
  });
  return fault;
}

template <class T>
std::optional<shape_fault> read_vector(const boost::json::value& from, T& into) {
  if (!from.is_array()) return shape_fault({}, "must be an array");
  const auto& array = from.get_array();
  into.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    typename T::value_type element{};
    if (auto inner = read_json(array[i], element)) return std::move(*inner).within("[" + std::to_string(i) + "]");
    into.push_back(std::move(element));
  }
  return std::nullopt;
}

template <class T>
std::optional<shape_fault> read_map(const boost::json::value& from, T& into) {
  if (!from.is_object()) return shape_fault({}, "must be an object");
  for (const auto& [name, value] : from.get_object()) {
    if (auto inner = read_json(value, into[std::string(name)])) return std::move(*inner).within(std::string(name));
  }
  return std::nullopt;
}

template <class T>
std::optional<shape_fault> read_json(const boost::json::value& from, T& into) {
  if constexpr (std::same_as<T, boost::json::value>) {
    into = from;
  } else if constexpr (is_optional<T>) {
    if (from.is_null()) return std::nullopt;
    return read_json(from, into.emplace());
  } else if constexpr (std::same_as<T, bool>) {
    if (!from.is_bool()) return shape_fault({}, "must be true or false");
    into = from.get_bool();
  } else if constexpr (std::integral<T>) {
    using limits = std::numeric_limits<T>;
    return read_number(
        from, into,
        "must be a whole number from " + std::to_string(limits::min()) + " to " + std::to_string(limits::max()));
  } else if constexpr (std::floating_point<T>) {
    return read_number(from, into, "must be a number");
  } else if constexpr (std::same_as<T, std::string>) {
    if (!from.is_string()) return shape_fault({}, "must be a string");
    into = from.get_string();
  } else if constexpr (boost::describe::has_describe_enumerators<T>::value) {
    const bool known = from.is_string() && boost::describe::enum_from_string(std::string_view(from.get_string()), into);
    if (!known) return shape_fault({}, "must be one of " + names_of_enum<T>());
  } else if constexpr (is_vector<T>) {
    return read_vector(from, into);
  } else if constexpr (is_map<T>) {
    return read_map(from, into);
  } else {
    constexpr bool described = boost::json::is_described_class<T>::value;
    static_assert(described,
                  "JSON is read into a struct that is described, BOOST_DESCRIBE_STRUCT(order, (), (item, quantity)), "
                  "and its members are of the types that sundown/http/json.hpp lists");
    if constexpr (described) return read_struct(from, into);
  }
  return std::nullopt;
}

}  // namespace sundown::http::detail
