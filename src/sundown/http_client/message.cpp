#include "http_client/message.hpp"

#include "base/characters.hpp"
#include "base/program_name.hpp"
#include "http/answer_fields.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>

namespace sundown::http_client {

namespace {

using http::verb;

/// What frames the message or concerns this connection alone.
constexpr std::array<std::string_view, 8> own_fields{"Host",       "Content-Length", "Transfer-Encoding", "Connection",
                                                     "Keep-Alive", "Upgrade",        "Trailer",           "TE"};

bool is_own(std::string_view name) {
  return std::ranges::any_of(own_fields, [&](auto own) { return boost::beast::iequals(own, name); });
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool may_have_body(verb method) noexcept {
  return method == verb::post || method == verb::put || method == verb::patch;
}

}  // namespace

result<std::string> head_of(const request& what, const location& where) {
  std::string head(boost::beast::http::to_string(what.method));
  head.append(" ").append(where.target).append(" HTTP/1.1\r\n");
  add(head, "Host", where.where.authority());
  for (const auto& [name, value] : what.headers) {
    if (!base::is_token(name) || base::span_of(base::value_character, value) != value.size())
      return error{errc::malformed, "a field of a call has a name or value that RFC 9110 doesn't allow"};
    if (is_own(name)) return error{errc::malformed, "the field " + name + " of a call is the client's own"};
    add(head, name, value);
  }
  if (!http::detail::find_field(what.headers, "User-Agent")) add(head, "User-Agent", base::program_name());
  const auto size = what.sent_body().size();
  if (size != 0 || may_have_body(what.method)) add(head, "Content-Length", std::to_string(size));
  return head += "\r\n";
}

bool is_idempotent(verb method) noexcept {
  switch (method) {
    case verb::get:
    case verb::head:
    case verb::put:
    case verb::delete_:
    case verb::options:
    case verb::trace:
      return true;
    default:
      return false;
  }
}

std::string_view fate_of(const request& what, progress::step reached) noexcept {
  if (is_idempotent(what.method) || what.resent_anyway) return {};
  return reached == progress::step::sent ? "; whether it was carried out is not known" : "; nothing was sent";
}

error refused(const request& what, error fault) {
  fault.detail += fate_of(what, progress::step::none);
  const auto where = parse_url(what.url);
  return where ? at(where->where, fault) : fault;
}

std::string name_of(const request& what, const location& where) {
  const auto path = std::string_view(where.target).substr(0, where.target.find('?'));
  return std::string(boost::beast::http::to_string(what.method)) + ' ' + where.where.text() + std::string(path);
}

}  // namespace sundown::http_client
