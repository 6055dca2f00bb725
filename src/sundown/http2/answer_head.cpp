#include "http2/answer_head.hpp"

#include "base/program_name.hpp"

#include <sundown/log.hpp>  // <ostream> for the next

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::http2 {

using namespace std::string_view_literals;
using http::detail::framing;

namespace {

/// Fields of ours.
constexpr std::size_t most_own = 6;
/// A name of ours stays, and has small letters: nghttp2 need not copy it.
constexpr std::uint8_t own_name = NGHTTP2_NV_FLAG_NO_COPY_NAME;

/// RFC 9113 §8.2.2: a message that has one of them is malformed. (Connection, Keep-Alive and Transfer-Encoding are left
/// out in HTTP/1 as well.)
bool is_of_connection(std::string_view name) noexcept {
  return boost::beast::iequals(name, "Upgrade"sv) || boost::beast::iequals(name, "Proxy-Connection"sv);
}

}  // namespace

void answer_head::put(std::string_view name, std::string_view value, std::uint8_t flags) noexcept {
  // nghttp2 changes nothing of either.
  room_[count_++] = {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                     flags};
}

std::span<const nghttp2_nv> answer_head::fields(const http::response& what, framing body, std::string_view id,
                                                http::detail::head_writer& told_of, bool index_id) {
  date_.refresh();
  count_ = 0;
  room_.resize(std::max(room_.size(), most_own + what.headers.size()));
  status_ = std::to_string(what.status);
  put(":status"sv, status_, own_name);
  put("server"sv, base::program_name(), own_name | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
  put("date"sv, date_.text(), own_name | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
  const auto type = http::detail::content_type_of(what);
  if (!type.empty()) put("content-type"sv, type, own_name);
  if (body.how == framing::kind::length) {
    length_ = std::to_string(body.length);
    put("content-length"sv, length_, own_name);
  }
  put("x-request-id"sv, id, index_id ? own_name : own_name | NGHTTP2_NV_FLAG_NO_INDEX);
  for (const auto& [name, value] : what.headers) {
    if (const auto* why = http::detail::fault_of_field(name, value)) {
      told_of.tell_of(name, why, id);
    } else if (!boost::beast::iequals(name, "Content-Type"sv) && !is_of_connection(name)) {
      put(name, value, NGHTTP2_NV_FLAG_NONE);  // nghttp2 writes the name in small letters
    }
  }
  return {room_.data(), count_};
}

}  // namespace sundown::http2
