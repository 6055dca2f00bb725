#include "http/head_writer.hpp"

#include <charconv>
#include <cstring>

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

/// Writes to a place that is known to be large enough.
struct pen {
  char* at;

  void text(std::string_view piece) {
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  template <std::size_t N>
  void literal(const char (&piece)[N]) {
    std::memcpy(at, piece, N - 1);
    at += N - 1;
  }
  void number(std::uint64_t value) { at = std::to_chars(at, at + 20, value).ptr; }
};

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
  // One growth for all that every head has, then only copying: piece by piece, std::string looks at its room each time.
  const auto before = out.size();
  out.resize(before + longest_fixed + common_.size() + what.content_type.size() + id.size());
  pen to{out.data() + before};
  if (what.status == 200) {
    to.text(ok_prefix_);
  } else {
    to.literal("HTTP/1.1 ");
    to.number(what.status);
    to.literal(" ");
    to.text(reason_phrase(what.status));
    to.text(common_);
  }
  if (!what.content_type.empty()) {
    to.literal("Content-Type: ");
    to.text(what.content_type);
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
  to.text(id);
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
