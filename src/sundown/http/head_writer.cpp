#include "http/head_writer.hpp"

#include "base/program_name.hpp"
#include "http/characters.hpp"
#include "log/pen.hpp"

#include <sundown/log.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::http::detail {

using namespace std::string_view_literals;
namespace beast = boost::beast;

namespace {

/// RFC 9110 §5.5: no control character but the tab. One that ends its line would let its author write further fields,
/// or a second answer.
bool is_field_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

/// What frames the answer, or is written by the session.
bool is_ours(std::string_view name) noexcept {
  for (const auto own : {"Content-Length"sv, "Transfer-Encoding"sv, "Connection"sv, "Keep-Alive"sv, "Date"sv,
                         "Server"sv, "X-Request-Id"sv}) {
    if (beast::iequals(name, own)) return true;
  }
  return false;
}

/// The last field of that name that may be written.
const std::string* find_last(const fields& given, std::string_view name) noexcept {
  for (auto at = given.rbegin(); at != given.rend(); ++at) {
    if (beast::iequals(at->first, name) && is_field_value(at->second)) return &at->second;
  }
  return nullptr;
}

/// The log's memory of dropped fields: names can come from a client.
constexpr std::size_t most_told_of = 100;

/// Room for the literals and numbers below and for the longest reason phrase.
constexpr std::size_t longest_fixed = 256;

}  // namespace

std::string_view content_type_of(const response& what) noexcept {
  const auto* given = what.headers.empty() ? nullptr : find_last(what.headers, "Content-Type"sv);
  return given ? std::string_view(*given) : what.content_type.view();
}

const char* fault_of_field(std::string_view name, std::string_view value) noexcept {
  if (is_ours(name)) return "the session writes it";
  if (!is_token(name)) return "its name is no token";
  if (!is_field_value(value)) return "its value has a control character";
  return nullptr;
}

void head_writer::refresh_date() {
  if (!date_.refresh()) return;
  common_ = "\r\nServer: " + std::string(base::program_name()) + "\r\nDate: " + date_.text() + "\r\n";
  ok_prefix_ = "HTTP/1.1 200 OK" + common_;
}

void head_writer::append(std::string& out, const response& what, framing body, std::string_view id, bool close,
                         int version) {
  refresh_date();
  // One growth for all that every head has, then only copying.
  const auto before = out.size();
  const auto type = content_type_of(what);
  out.resize(before + longest_fixed + common_.size() + type.size() + id.size());
  log::pen to{out.data() + before};
  if (what.status == 200) {
    to.raw(ok_prefix_);
  } else {
    to.literal("HTTP/1.1 ");
    to.number(what.status);
    to.literal(" ");
    to.raw(reason_phrase(what.status));
    to.raw(common_);
  }
  if (!type.empty()) {
    to.literal("Content-Type: ");
    to.raw(type);
    to.literal("\r\n");
  }
  if (body.how == framing::kind::length) {
    to.literal("Content-Length: ");
    to.number(body.length);
    to.literal("\r\n");
  } else if (body.how == framing::kind::chunked) {
    to.literal("Transfer-Encoding: chunked\r\n");
  }
  to.literal("X-Request-Id: ");
  to.raw(id);
  to.literal("\r\n");
  // RFC 9110 §7.8: with Upgrade goes its connection option.
  const bool upgrade = !what.headers.empty() && find_last(what.headers, "Upgrade"sv);
  if (close) {
    to.literal("Connection: close");
    if (upgrade) to.literal(", Upgrade");
    to.literal("\r\n");
  } else if (upgrade) {
    to.literal("Connection: Upgrade\r\n");
  } else if (version == 10) {
    to.literal("Connection: keep-alive\r\n");
  }
  if (what.headers.empty()) to.literal("\r\n");
  out.resize(static_cast<std::size_t>(to.at - out.data()));
  if (what.headers.empty()) return;
  append_fields(out, what.headers, id);
  out += "\r\n"sv;
}

void head_writer::append_fields(std::string& out, const fields& given, std::string_view id) {
  for (const auto& [name, value] : given) {
    if (const auto* why = fault_of_field(name, value)) {
      tell_of(name, why, id);
    } else if (!beast::iequals(name, "Content-Type"sv)) {
      out.append(name).append(": "sv).append(value).append("\r\n"sv);
    }
  }
}

void head_writer::tell_of(const std::string& name, const char* why, std::string_view id) {
  if (told_of_.size() == most_told_of || !told_of_.insert(name).second) return;
  log::warn("a response's field is dropped", {{"field", name}, {"why", why}, {"id", id}});
}

}  // namespace sundown::http::detail
