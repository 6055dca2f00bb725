#include "http/head_writer.hpp"

#include "log/pen.hpp"

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

/// A field that could end its own line would let its author write further fields or a second answer.
bool splits_head(const std::pair<std::string, std::string>& field) {
  return field.first.find_first_of("\r\n:"sv) != std::string::npos ||
         field.second.find_first_of("\r\n\0"sv) != std::string::npos;
}

/// Room for the literals and numbers below and for the longest reason phrase.
constexpr std::size_t longest_fixed = 256;

}  // namespace

void head_writer::refresh_date() {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec == second_) return;
  second_ = now.tv_sec;
  tm utc;
  gmtime_r(&second_, &utc);
  char date[64];
  const auto size = strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);  // RFC 9110 §5.6.7
  common_ = "\r\nServer: sundown\r\nDate: ";
  common_.append(date, size) += "\r\n";
  ok_prefix_ = "HTTP/1.1 200 OK" + common_;
}

void head_writer::append(std::string& out, const response& what, framing body, std::string_view id, bool close,
                         int version) {
  refresh_date();
  // One growth for all that every head has, then only copying.
  const auto before = out.size();
  out.resize(before + longest_fixed + common_.size() + what.content_type.size() + id.size());
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
  if (!what.content_type.empty()) {
    to.literal("Content-Type: ");
    to.raw(what.content_type);
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
  if (close) {
    to.literal("Connection: close\r\n");
  } else if (version == 10) {
    to.literal("Connection: keep-alive\r\n");
  }
  if (what.headers.empty()) to.literal("\r\n");
  out.resize(static_cast<std::size_t>(to.at - out.data()));
  if (what.headers.empty()) return;

  for (const auto& field : what.headers) {
    if (splits_head(field)) continue;
    out.append(field.first).append(": "sv).append(field.second).append("\r\n"sv);
  }
  out += "\r\n"sv;
}

}  // namespace sundown::http::detail
