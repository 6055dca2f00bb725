#pragma once

#include <sundown/error.hpp>
#include <sundown/http/detail/json_cursor.hpp>

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/conversion.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
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

/// At the value of a text that is JSON; malformed if it is none.
result<json_cursor> start_json(std::string_view text);

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
std::optional<shape_fault> read_json(json_cursor& from, T& into);

template <class T>
bool read_number(json_cursor& from, T& into) {
  const auto number = from.read_number().try_to_number<T>();
  if (!number) return false;
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(*number)) return false;  // too large for its type
  }
  into = *number;
  return true;
}

/// First where its members are, then what they hold in the struct's order: that decides which fault is the first. Of a
/// member that comes twice the last one counts.
template <class T>
std::optional<shape_fault> read_struct(json_cursor& from, T& into) {
  if (!from.at_object()) return shape_fault({}, "must be an object");
  std::array<json_cursor, boost::mp11::mp_size<members_of<T>>::value> values;
  std::string decoded;
  for (bool more = from.enter(); more; more = from.next()) {
    const auto name = from.read_name(decoded);
    std::size_t place = 0;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
      if (name == member.name) values[place] = from;
      ++place;
    });
    from.pass_over();
  }
  std::optional<shape_fault> fault;
  std::size_t place = 0;
  boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
    auto& value = values[place++];
    auto& variable = into.*member.pointer;
    if (fault) return;
    if (value) {
      if (auto inner = read_json(value, variable)) fault = std::move(*inner).within(member.name);
    } else if (!is_optional<std::remove_cvref_t<decltype(variable)>>) {
      fault.emplace(member.name, "is missing");
    }
  });
  return fault;
}

template <class T>
std::optional<shape_fault> read_vector(json_cursor& from, T& into) {
  if (!from.at_array()) return shape_fault({}, "must be an array");
  for (bool more = from.enter(); more; more = from.next()) {
    typename T::value_type element{};
    if (auto inner = read_json(from, element)) return std::move(*inner).within('[' + std::to_string(into.size()) + ']');
    into.push_back(std::move(element));
  }
  return std::nullopt;
}

/// As a struct that has the members that come.
template <class T>
std::optional<shape_fault> read_map(json_cursor& from, T& into) {
  if (!from.at_object()) return shape_fault({}, "must be an object");
  std::map<std::string, json_cursor, std::less<>> values;
  std::string decoded;
  for (bool more = from.enter(); more; more = from.next()) {
    const std::string name(from.read_name(decoded));
    values[name] = from;
    from.pass_over();
  }
  for (auto& [name, value] : values)
    if (auto inner = read_json(value, into[name])) return std::move(*inner).within(name);
  return std::nullopt;
}

template <class T>
std::optional<shape_fault> read_json(json_cursor& from, T& into) {
  if constexpr (std::same_as<T, boost::json::value>) {
    from.read(into);
  } else if constexpr (is_optional<T>) {
    if (from.read_null()) return std::nullopt;
    return read_json(from, into.emplace());
  } else if constexpr (std::same_as<T, bool>) {
    if (!from.read(into)) return shape_fault({}, "must be true or false");
  } else if constexpr (std::integral<T>) {
    using limits = std::numeric_limits<T>;
    if (!read_number(from, into))
      return shape_fault(
          {}, "must be a whole number from " + std::to_string(limits::min()) + " to " + std::to_string(limits::max()));
  } else if constexpr (std::floating_point<T>) {
    if (!read_number(from, into)) return shape_fault({}, "must be a number");
  } else if constexpr (std::same_as<T, std::string>) {
    if (!from.read(into)) return shape_fault({}, "must be a string");
  } else if constexpr (boost::describe::has_describe_enumerators<T>::value) {
    std::string name;
    const bool known = from.read(name) && boost::describe::enum_from_string(std::string_view(name), into);
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
