#include "http2/answer_head.hpp"

#include "base/program_name.hpp"

#include <sundown/log.hpp>  // <ostream> for the next

#include <boost/beast/core/string.hpp>

namespace sundown::http2 {

using namespace std::string_view_literals;
using http::detail::framing;

namespace {

/// RFC 9113 §8.2.2: a message that has one of them is malformed. (Connection, Keep-Alive and Transfer-Encoding are left
/// out in HTTP/1 as well.)
bool is_of_connection(std::string_view name) noexcept {
  return boost::beast::iequals(name, "Upgrade"sv) || boost::beast::iequals(name, "Proxy-Connection"sv);
}

}  // namespace

void answer_head::add(std::string_view name, std::string_view value, std::uint8_t flags) {
  // nghttp2 changes nothing of what it copies from.
  fields_.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                     flags});
}

const std::vector<nghttp2_nv>& answer_head::fields(const http::response& what, framing body, std::string_view id,
                                                   http::detail::head_writer& told_of) {
  date_.refresh();
  fields_.clear();
  status_ = std::to_string(what.status);
  add(":status"sv, status_);
  add("server"sv, base::program_name());
  add("date"sv, date_.text());
  const auto type = http::detail::content_type_of(what);
  if (!type.empty()) add("content-type"sv, type);
  if (body.how == framing::kind::length) {
    length_ = std::to_string(body.length);
    add("content-length"sv, length_);
  }
  add("x-request-id"sv, id, NGHTTP2_NV_FLAG_NO_INDEX);  // it never comes again
  for (const auto& [name, value] : what.headers) {
    if (const auto* why = http::detail::fault_of_field(name, value)) {
      told_of.tell_of(name, why, id);
    } else if (!boost::beast::iequals(name, "Content-Type"sv) && !is_of_connection(name)) {
      add(name, value);
    }
  }
  return fields_;
}

}  // namespace sundown::http2
