#include <sundown/http/request.hpp>

#include "base/number.hpp"
#include "http/characters.hpp"
#include "http/client_address.hpp"
#include "http/client_gone.hpp"
#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/server_span.hpp"
#include "http/time_limit.hpp"

#include <boost/core/demangle.hpp>

#include <algorithm>
#include <stdexcept>

namespace sundown::http {

namespace detail {

namespace {

template <class Key>
std::vector<std::string_view> elements(const exchange& current, Key name) {
  std::vector<std::string_view> all;
  current.parser->for_each_element(name, [&](std::string_view element) { all.push_back(element); });
  return all;
}

/// Calls `use` with the name and the value of each query parameter, as sent, until it returns false. The value is
/// nullopt where there is no '='. Nothing between two '&' is no parameter (WHATWG URL §5.1).
template <class Use>
void for_each_parameter(std::string_view target, Use use) {
  const auto mark = target.find('?');
  if (mark == target.npos) return;
  target.remove_prefix(mark + 1);
  while (!target.empty()) {
    const auto pair = target.substr(0, target.find('&'));
    target.remove_prefix(std::min(target.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    std::optional<std::string_view> value;
    if (equals != pair.npos) value = pair.substr(equals + 1);
    if (!use(pair.substr(0, equals), value)) return;
  }
}

/// The value of the first parameter of that name, decoded; `without_value` where it has no '='.
std::optional<std::string> parameter(std::string_view target, std::string_view wanted, const char* without_value) {
  std::optional<std::string> found;
  for_each_parameter(target, [&](std::string_view name, std::optional<std::string_view> value) {
    if (percent_decoded(name, true) == wanted) found = value ? percent_decoded(*value, true) : without_value;
    return !found;
  });
  return found;
}

error parameter_fault(std::string_view name, const std::string& rule) {
  return {errc::malformed, advice("'" + std::string(name) + "' must be " + rule + ".")};
}

template <class T>
result<std::optional<T>> number_parameter(std::string_view target, std::string_view name, T min, T max) {
  const auto text = parameter(target, name, "");
  if (!text) return std::optional<T>();
  const auto number = base::parse_number<T>(*text, min, max);
  if (!number)
    return parameter_fault(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return number;
}

}  // namespace

std::string_view path_param(std::string_view pattern, std::string_view path, std::string_view name) noexcept {
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);  // both begin with '/'
    path.remove_prefix(1);
    const auto want = pattern.substr(0, pattern.find('/'));
    const auto have = path.substr(0, path.find('/'));
    if (want.size() == name.size() + 2 && want.front() == '{' && want.substr(1, name.size()) == name) return have;
    pattern.remove_prefix(want.size());
    path.remove_prefix(have.size());
  }
  return {};
}

std::string percent_decoded(std::string_view text, bool form) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {  // the parser has checked the digits
      plain += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
      i += 2;
    } else {
      plain += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

}  // namespace detail

bool stop_view::draining() const noexcept { return state_->draining(); }
std::stop_token stop_view::hard() const noexcept { return state_->hard(); }
std::chrono::milliseconds stop_view::remaining() const noexcept { return state_->clock().remaining(); }

verb request::method() const noexcept { return exchange_->parser->method(); }
std::string_view request::method_name() const noexcept { return exchange_->parser->method_name(); }
std::string_view request::target() const noexcept { return exchange_->parser->target(); }

std::string_view request::path() const noexcept {
  const auto whole = target();
  return whole.substr(0, whole.find('?'));
}

std::string request::param(std::string_view name) const {
  if (!exchange_->match) return {};
  return detail::percent_decoded(detail::path_param(exchange_->match->pattern, path(), name), false);
}

std::optional<std::string> request::query(std::string_view name) const { return detail::parameter(target(), name, ""); }

std::vector<std::pair<std::string, std::string>> request::query_parameters() const {
  std::vector<std::pair<std::string, std::string>> all;
  detail::for_each_parameter(target(), [&](std::string_view name, std::optional<std::string_view> value) {
    all.emplace_back(detail::percent_decoded(name, true), detail::percent_decoded(value.value_or(""), true));
    return true;
  });
  return all;
}

result<std::optional<std::int64_t>> request::number_in_query(std::string_view name, std::int64_t min,
                                                             std::int64_t max) const {
  return detail::number_parameter(target(), name, min, max);
}

result<std::optional<std::uint64_t>> request::number_in_query(std::string_view name, std::uint64_t min,
                                                              std::uint64_t max) const {
  return detail::number_parameter(target(), name, min, max);
}

result<std::string> request::query_text(std::string_view name, std::size_t max_size, std::string fallback) const {
  auto text = query(name);
  if (!text) return fallback;
  if (text->size() > max_size) {
    return detail::parameter_fault(name, "a text of at most " + std::to_string(max_size) + " bytes");
  }
  return std::move(*text);
}

result<bool> request::query_flag(std::string_view name, bool fallback) const {
  const auto text = detail::parameter(target(), name, "true");
  if (!text) return fallback;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  return detail::parameter_fault(name, "true or false");
}

detail::attributes& request::attributes() const noexcept { return exchange_->attributes; }

void request::throw_no_attribute(const std::type_info& type) {
  throw std::logic_error("no guard has set the request's " + boost::core::demangle(type.name()));
}

std::string_view request::operator[](http::field name) const noexcept { return exchange_->parser->field(name); }
std::string_view request::header(std::string_view name) const noexcept { return exchange_->parser->field(name); }
bool request::has_field(http::field name) const noexcept { return exchange_->parser->has_field(name); }
bool request::has_field(std::string_view name) const noexcept { return exchange_->parser->has_field(name); }
std::vector<std::string_view> request::elements(http::field name) const { return detail::elements(*exchange_, name); }
std::vector<std::string_view> request::elements(std::string_view name) const {
  return detail::elements(*exchange_, name);
}
std::vector<std::string_view> request::lines(http::field name) const {
  std::vector<std::string_view> all;
  exchange_->parser->for_each_line(name, [&](std::string_view line) { all.push_back(line); });
  return all;
}
std::size_t request::count(http::field name) const noexcept { return exchange_->parser->count(name); }
std::string_view request::body() const noexcept { return exchange_->parser->body(); }
std::string_view request::id() const noexcept { return exchange_->id(); }
std::string_view request::client() const { return detail::client_address(*exchange_); }
std::string_view request::scheme() const { return detail::scheme_by_client(*exchange_); }
std::string_view request::host() const { return detail::host_by_client(*exchange_); }
std::string_view request::remote() const noexcept { return exchange_->client->remote(); }
const client_certificate* request::client_certificate() const { return exchange_->client->io().client_certificate(); }
trace::span& request::span() const { return detail::span_of(*exchange_); }
call_context request::context() const { return {deadline(), span()}; }
stop_view request::stop() const noexcept { return stop_view(*exchange_->drain); }

task<> request::client_gone() const { return detail::await_gone_client(*exchange_); }

clock::time_point request::deadline() const noexcept { return detail::deadline_of(*exchange_); }
milliseconds request::remaining() const noexcept {
  const auto end = deadline();
  if (end == clock::time_point::max()) return milliseconds::max();
  return std::max(std::chrono::floor<milliseconds>(end - clock::now()), milliseconds(0));
}

}  // namespace sundown::http
