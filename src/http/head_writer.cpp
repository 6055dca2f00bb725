#include "http/head_writer.hpp"

#include <charconv>

namespace sundown::http::detail {

using namespace std::string_view_literals;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

namespace {

/// A field that could end its own line would let its author write further fields or a second answer.
bool splits_head(const std::pair<std::string, std::string>& field) {
  return field.first.find_first_of("\r\n:"sv) != std::string::npos ||
         field.second.find_first_of("\r\n\0"sv) != std::string::npos;
}

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
  if (what.status == 200) {
    out += ok_prefix_;
  } else {
    out += "HTTP/1.1 "sv;
    append_number(out, what.status);
    out += ' ';
    out += reason_phrase(what.status);
    out += common_;
  }
  if (!what.content_type.empty()) {
    out += "Content-Type: "sv;
    out += what.content_type;
    out += "\r\n"sv;
  }
  if (body.how == framing::kind::length) {
    out += "Content-Length: "sv;
    append_number(out, body.length);
    out += "\r\n"sv;
  } else if (body.how == framing::kind::chunked) {
    out += "Transfer-Encoding: chunked\r\n"sv;
  }
  out += "X-Request-Id: "sv;
  out += id;
  out += "\r\n"sv;
  for (const auto& field : what.headers) {
    if (splits_head(field)) continue;
    out.append(field.first).append(": "sv).append(field.second).append("\r\n"sv);
  }
  if (close) {
    out += "Connection: close\r\n\r\n"sv;
  } else if (version == 10) {
    out += "Connection: keep-alive\r\n\r\n"sv;
  } else {
    out += "\r\n"sv;
  }
}

}  // namespace sundown::http::detail
