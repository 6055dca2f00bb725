#include "http/responder.hpp"

#include "http/answer_rules.hpp"
#include "http/connection.hpp"
#include "http/output.hpp"
#include "http/refusals.hpp"
#include "http/request_reader.hpp"
#include "http/time_limit.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

/// Larger bodies are written from where they are instead of being copied behind their head.
constexpr std::size_t largest_copied = 16 << 10;

}  // namespace

// -- whole answers

void responder::answer(response given) {
  auto& x = exchange_;
  auto& parts = client_->parts();
  // What has been read meanwhile may have moved the head.
  if (x.hooks || given.status >= 400) reader_.follow();
  prepare(given, x, parts, client_->status());
  const auto size = given.body.size();
  const auto kind = has_no_body(given.status) ? framing::kind::none : framing::kind::length;
  parts.heads.append(out_.bytes, given, {kind, size}, x.id(), is_last_answer(kind), x.parser->version());
  if (kind == framing::kind::length && !x.is_head_request()) {
    if (size <= largest_copied) {
      out_.bytes += given.body;
    } else {
      out_.tail = std::move(given.body);
    }
  }
  x.status = given.status;
  x.bytes = x.is_head_request() ? 0 : size;
}

void responder::answer_stopping() {
  client_->parts().book.refused();
  client_->report_cut("hard_cancel");
  client_->ends(fate::last_answer);
  answer(stopping());
}

bool responder::is_last_answer(framing::kind told_by) {
  const bool last = !client_->goes_on() || !exchange_.parser->keep_alive() ||
                    (client_->is_to_end() && (!reader_.has_more() || client_->owes_no_more(reader_.unparsed())));
  if (!last) return false;
  client_->ends(fate::last_answer);
  const bool says_its_end = told_by != framing::kind::until_close;
  if (!exchange_.parser->keep_alive() && exchange_.is_body_done() && says_its_end && reader_.all_parsed()) {
    client_->client_is_done(exchange_.body_received > 0);
  }
  return true;
}

// -- streamed answers

void responder::answer_instead(response whole) {
  auto& x = exchange_;
  if (x.stream || x.refusal) throw std::logic_error("a stream's handler answers or streams, once");
  x.refusal = std::move(whole);
}

task<result<void>> responder::start_stream(response head, framing body, bool endless) {
  auto& x = exchange_;
  auto& client = *client_;
  if (x.hooks) reader_.follow();
  prepare_stream(head, x);
  // HTTP/1.0 has no chunks: the end of the connection is the end of the answer (RFC 9112 §6.3).
  if (body.how == framing::kind::chunked && x.parser->version() == 10) {
    body.how = framing::kind::until_close;
    client.ends(fate::last_answer);
  }
  client.parts().heads.append(out_.bytes, head, body, x.id(), is_last_answer(body.how), x.parser->version());
  x.stream = stream_progress{body.how, body.length};
  x.status = head.status;
  x.bytes = 0;
  if (!outlasts_head(x)) client.set_run_end(clock::time_point::max());
  client.status().enter(endless ? phase::stream : phase::answer);
  if (endless) x.pass.leave();
  if (endless && client.draining()) client.limit_to(client.parts().stop.plan().stream_grace, "stream_grace");
  co_await out_.flush(client);
  if (client.lost()) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

task<result<void>> responder::write_piece(std::string_view piece) {
  auto& x = exchange_;
  auto& client = *client_;
  if (!x.stream) throw std::logic_error("a stream is started before it is written");
  if (client.lost()) co_return error{errc::canceled, "the peer is gone"};
  if (x.is_head_request()) co_return error{errc::canceled, "a HEAD request has no body"};
  if (piece.empty()) co_return result<void>{};
  auto& stream = *x.stream;
  if (stream.how == framing::kind::length && piece.size() > stream.length - x.bytes) {
    throw std::logic_error("a stream is longer than it said");
  }
  char size_line[20];
  std::string_view before, after;
  if (stream.how == framing::kind::chunked) {
    auto* end = std::to_chars(size_line, size_line + 16, piece.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    before = {size_line, end};
    after = "\r\n"sv;
  }
  std::uint64_t written = 0;
  co_await output::write_through(client, {asio::buffer(before), asio::buffer(piece), asio::buffer(after)}, written);
  x.bytes += std::min<std::uint64_t>(written - std::min<std::uint64_t>(written, before.size()), piece.size());
  if (client.lost()) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

task<bool> responder::wait(std::chrono::milliseconds most) {
  if (client_->draining() || client_->lost()) co_return false;
  client_->watch_peer();
  co_await client_->pause(most);
  co_return !client_->draining() && !client_->lost();
}

const char* responder::finish_stream() {
  const auto& x = exchange_;
  if (!x.stream) return "the handler has not started its stream";
  if (x.stream->how == framing::kind::length && x.bytes != x.stream->length && !x.is_head_request()) {
    return "a stream is shorter than it said";
  }
  if (x.stream->how == framing::kind::chunked && !x.is_head_request()) out_.bytes += "0\r\n\r\n"sv;
  client_->no_grace();
  return nullptr;
}

}  // namespace sundown::http::detail
