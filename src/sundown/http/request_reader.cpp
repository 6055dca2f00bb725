#include "http/request_reader.hpp"

#include "http/admission.hpp"
#include "http/connection.hpp"
#include "http/output.hpp"
#include "http/refusals.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>
#include <utility>

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

/// Of empty lines before a request; the next one is taken for its request line, and refused.
constexpr unsigned most_empty_lines = 32;

}  // namespace

// -- bytes

void request_reader::make_room() {
  if (exchange_.head_done()) return in_.drop_parsed_after(exchange_.head_size);
  in_.compact();
  if (exchange_.parser) follow();  // the request may be answered or booked without a further byte
}

transport::status request_reader::read() {
  const auto space = in_.space();
  if (space.size() == 0) return transport::status::blocked;
  const auto got = client_->read(space);
  in_.received(got.bytes);
  return got.how;
}

bool request_reader::has_more() {
  if (!in_.all_parsed()) return true;
  if (in_.space().size() == 0) return client_->io().available() > 0;
  read();
  return !in_.all_parsed();
}

// -- requests

bool request_reader::begin_request(std::uint8_t& empty_lines) {
  // RFC 9112 §2.2: empty lines before a request line are ignored. They are no request, so no time limit begins with
  // them and none is extended: the connection stays idle.
  for (; empty_lines < most_empty_lines && in_.unparsed().starts_with("\r\n"sv); ++empty_lines) {
    in_.parsed(2);
    in_.next_request();
  }
  if (in_.all_parsed() || in_.unparsed() == "\r"sv) return false;
  empty_lines = 0;
  exchange_.begin(static_cast<std::uint32_t>(client_->parts().limits.header_limit));
  client_->status().begin_request(clock::now());
  return true;
}

request_parser::verdict request_reader::put() {
  auto& parser = *exchange_.parser;
  follow();
  const auto [taken, how] = parser.put(in_.unparsed());
  in_.parsed(taken);
  if (exchange_.head_done()) exchange_.body_received += taken;
  return how;
}

bool request_reader::parse() {
  auto& parser = *exchange_.parser;
  while (!parser.is_done()) {
    if (in_.all_parsed()) return false;
    const auto how = put();
    if (how == request_parser::verdict::need_more) return false;
    if (how == request_parser::verdict::refused) {
      exchange_.refusal = refusal_for(parser.fault());
      if (!at_preface()) refuse_now();  // where the next request would begin is not known
      return true;
    }
    if (!exchange_.head_done()) {
      on_head();
      if (!client_->goes_on() || exchange_.to_guard) return true;
      if (exchange_.is_upload() && !exchange_.refusal) return true;
    }
  }
  return true;
}

bool request_reader::at_preface() const {
  const auto& parts = client_->parts();
  if (parts.http2 == nullptr || !parts.limits.h2c || client_->io().encrypted()) return false;
  return in_.all().starts_with("PRI * HTTP/2.0\r\n"sv) && client_->received() == in_.all().size();
}

void request_reader::refuse_now() { client_->ends(fate::last_answer); }

void request_reader::on_head() {
  auto& x = exchange_;
  auto& parser = *x.parser;
  x.head_size = in_.parsed_size();
  if (!parser.is_done()) {
    in_.hold_head(x.head_size);
    follow();
  }
  x.identify(client_->parts().next_request_number());
  if (find_route(x, client_->parts(), client_->status())) refuse_now();
  const auto limit = body_limit(x, client_->parts());
  parser.body_limit(limit);  // for chunked bodies
  if (parser.content_length().value_or(0) > limit) {
    refuse_body(x, limit);
    refuse_now();
  }
  if (!x.refusal) {
    if (x.is_upload()) parser.stream_body();
    if (!x.match->scope->guards.empty()) {
      x.to_guard = true;
      x.body_since = {};
    }
    return;
  }
  // A client that waits to be told to go on is told at once. A body that comes anyway is read, so that the connection
  // can go on.
  if (!parser.is_done() && parser.expects() != expectation::none) refuse_now();
  parser.stream_body();
}

// -- bodies

void request_reader::ask_for_body() {
  auto& x = exchange_;
  if (!x.head_done() || x.continue_sent || !x.parser->expects_continue() || x.body_received > 0) return;
  x.continue_sent = true;
  out_.bytes += "HTTP/1.1 100 Continue\r\n\r\n";
}

clock::time_point request_reader::body_deadline() const {
  const auto& limits = client_->parts().limits;
  if (limits.body_rate == 0) return clock::now() + limits.idle_timeout;  // any rate, but not nothing
  const std::chrono::milliseconds earned(exchange_.body_received * 1000 / limits.body_rate);
  return std::max(client_->status().started(), exchange_.body_since) + limits.body_grace + earned;
}

error request_reader::body_failed(body_fault why, std::string detail) {
  exchange_.body_fault = why;
  const bool canceled = why == body_fault::canceled || why == body_fault::timed_out;
  return {canceled ? errc::canceled : errc::invalid, std::move(detail)};
}

task<result<std::string_view>> request_reader::read_piece() {
  auto& parser = *exchange_.parser;
  auto& client = *client_;
  parser.drop_piece();
  if (client.turn_over(clock::now())) co_await client.next_turn();
  bool late = false;  // the limit has passed: what is there by now is in time, since this thread may come late to it
  const auto overdue = [this] { return body_failed(body_fault::too_slow, "the body came too slowly"); };
  for (;;) {
    if (exchange_.body_fault != body_fault::none) co_return error{errc::invalid, "the body has failed before"};
    if (client.lost()) co_return error{errc::canceled, "the connection is gone"};
    if (parser.is_done()) co_return std::string_view{};
    if (!in_.all_parsed()) {
      if (put() == request_parser::verdict::refused) {
        co_return body_failed(body_fault::refused, "the body is malformed or too large");
      }
      if (std::exchange(late, false) && !parser.is_done() && clock::now() >= body_deadline()) co_return overdue();
      if (!parser.piece().empty()) co_return parser.piece();
      continue;
    }
    in_.drop_parsed_after(exchange_.head_size);
    ask_for_body();
    if (!out_.empty()) {
      co_await out_.flush(client);
      continue;
    }
    const auto got = read();
    if (got == transport::status::blocked) {
      if (late) co_return overdue();
      client.status().enter(phase::body);
      client.set_deadline(body_deadline());
      const auto [ec] = co_await client.io().wait_readable();
      if (!client.given_up()) client.status().enter(phase::handling);
      client.no_deadline();
      const auto why = client.take_interrupt();
      if (exchange_.timed_out) co_return body_failed(body_fault::timed_out, "the time of the request is over");
      if (client.parts().stop.hard_canceled()) co_return body_failed(body_fault::canceled, "the service is stopping");
      late = why == connection::interrupt::deadline;
      if (ec && !late) client.ends(fate::peer_gone);
    } else if (got != transport::status::done) {
      client.ends(fate::peer_gone);
    }
  }
}

void request_reader::pass_over_body() {
  auto& parser = *exchange_.parser;
  if (parser.is_done()) return;
  parser.stream_body();
  read();
  while (!parser.is_done() && !in_.all_parsed()) {
    const auto how = put();
    if (how == request_parser::verdict::need_more || how == request_parser::verdict::refused) return;
  }
}

}  // namespace sundown::http::detail
