#pragma once

#include "config/key.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

/// Makes a key from the path to its member: number<&config::http, &http_config::port>("http.port", ...). The member's
/// type does the conversion; the name of the function says the kind.
namespace sundown::configuration {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

inline value to_value(bool v) { return v; }
inline value to_value(milliseconds v) { return std::int64_t{v.count()}; }
inline value to_value(log::level v) { return std::string(to_string(v)); }
inline value to_value(log::format v) { return std::string(to_string(v)); }
inline value to_value(const std::string& v) { return v; }
template <std::integral T>
value to_value(T v) {
  return static_cast<std::int64_t>(v);
}

inline void from_value(bool& to, const value& v) { to = std::get<bool>(v); }
inline void from_value(milliseconds& to, const value& v) { to = milliseconds(std::get<std::int64_t>(v)); }
inline void from_value(std::optional<milliseconds>& to, const value& v) {
  to = milliseconds(std::get<std::int64_t>(v));
}
inline void from_value(log::level& to, const value& v) { to = log::parse_level(std::get<std::string>(v)).value(); }
inline void from_value(log::format& to, const value& v) { to = log::parse_format(std::get<std::string>(v)).value(); }
inline void from_value(std::string& to, const value& v) { to = std::get<std::string>(v); }
template <std::integral T>
void from_value(T& to, const value& v) {
  to = static_cast<T>(std::get<std::int64_t>(v));
}

/// The member at the end of a path of member pointers.
template <auto First, auto... Rest>
auto& at(auto& from) {
  if constexpr (sizeof...(Rest) == 0)
    return from.*First;
  else
    return at<Rest...>(from.*First);
}

template <auto... Path>
key base(std::string_view name, kind type, std::string_view about) {
  using member = std::remove_reference_t<decltype(at<Path...>(std::declval<config&>()))>;
  key made{.name = name, .type = type, .about = about, .get = nullptr, .set = nullptr};
  made.get = [](const config& from) -> std::optional<value> {
    if constexpr (is_optional<member>::value)
      return at<Path...>(from) ? std::optional(to_value(*at<Path...>(from))) : std::nullopt;
    else
      return to_value(at<Path...>(from));
  };
  made.set = [](config& to, const value& v) { from_value(at<Path...>(to), v); };
  return made;
}

template <auto... Path>
key number(std::string_view name, std::int64_t min, std::int64_t max, std::string_view about) {
  auto made = base<Path...>(name, kind::number, about);
  made.min = min;
  made.max = max;
  return made;
}

template <auto... Path>
key size(std::string_view name, std::int64_t min, std::int64_t max, std::string_view about) {
  auto made = number<Path...>(name, min, max, about);
  made.type = kind::size;
  return made;
}

template <auto... Path>
key duration(std::string_view name, milliseconds min, milliseconds max, std::string_view about) {
  auto made = number<Path...>(name, min.count(), max.count(), about);
  made.type = kind::duration;
  return made;
}

template <auto... Path>
key choice(std::string_view name, std::span<const std::string_view> choices, std::string_view about) {
  auto made = base<Path...>(name, kind::choice, about);
  made.choices = choices;
  return made;
}

template <auto... Path>
key flag(std::string_view name, std::string_view about) {
  return base<Path...>(name, kind::flag, about);
}

template <auto... Path>
key text(std::string_view name, text_rule rule, std::string_view about) {
  auto made = base<Path...>(name, kind::text, about);
  made.rule = rule;
  return made;
}

inline key reloadable(key made) {
  made.reloadable = true;
  return made;
}

inline key secret(key made) {
  made.secret = true;
  return made;
}

inline key secret_url(key made) {
  made.is_url = true;
  return secret(std::move(made));
}

}  // namespace sundown::configuration
