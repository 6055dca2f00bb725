#include "http_client/answer_reader.hpp"

#include "base/number.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sundown::http_client {

namespace {

namespace beast = boost::beast;

constexpr std::size_t piece_size = 64 << 10;
constexpr std::uint32_t most_head = 64 << 10;
constexpr unsigned most_interim = 16;  // answers before the final one

error fault(std::string what) { return {errc::unavailable, std::move(what)}; }

error malformed(boost::system::error_code ec) {
  if (ec == beast::http::error::header_limit)
    return fault("the head of its answer is larger than " + std::to_string(most_head) + " bytes");
  if (ec == beast::http::error::partial_message || ec == beast::http::error::end_of_stream)
    return fault("it closed the connection before its answer was whole");
  return fault("what it answered is no HTTP/1.1 (" + ec.message() + ")");
}

}  // namespace

void answer_reader::begin() {
  parser_.emplace();
  parser_->header_limit(most_head);
  parser_->body_limit(boost::none);
  parser_->skip(to_head_request_);
}

asio::awaitable<result<void>> answer_reader::receive() {
  if (ended_) co_return fault("it closed the connection before its answer was whole");
  const auto got = co_await from_.read(in_.prepare(piece_size));
  in_.commit(got.bytes);
  begun_ = begun_ || got.bytes != 0;
  starved_ = false;
  if (!got.ec) co_return result<void>();
  if (got.ec != asio::error::eof) co_return fault("the connection broke: " + got.ec.message());
  ended_ = true;
  boost::system::error_code ec;
  if (!begun_) co_return fault("it closed the connection without an answer");
  // Behind an interim answer the parser is new, and may not be told of an end before it has got something.
  if (!parser_->got_some()) co_return malformed(beast::http::error::end_of_stream);
  parser_->put_eof(ec);
  if (ec) co_return malformed(ec);
  co_return result<void>();
}

result<void> answer_reader::parse() {
  boost::system::error_code ec;
  const auto taken = parser_->put(in_.data(), ec);
  in_.consume(taken);
  starved_ = ec == beast::http::error::need_more || (!ec && in_.size() == 0);
  if (ec && ec != beast::http::error::need_more && ec != beast::http::error::need_buffer) return malformed(ec);
  return {};
}

asio::awaitable<result<void>> answer_reader::read_head() {
  for (unsigned interim = 0; interim <= most_interim; ++interim) {
    while (!parser_->is_header_done()) {
      if (starved_) {
        const auto got = co_await receive();
        if (!got) co_return got;
      }
      if (ended_) co_return fault("it closed the connection before its answer was whole");
      const auto read = parse();
      if (!read) co_return read;
    }
    if (status() < 100)
      co_return fault("what it answered is no HTTP/1.1 (its status is " + std::to_string(status()) + ')');
    if (status() == 101) co_return fault("it changed the protocol without being asked to");
    if (status() >= 200) co_return result<void>();
    begin();
    starved_ = in_.size() == 0;
  }
  co_return fault("it answers with interim answers only");
}

asio::awaitable<result<std::string>> answer_reader::read_piece() {
  std::string piece;
  while (piece.empty() && !parser_->is_done()) {
    if (starved_ && !ended_) {
      const auto got = co_await receive();
      if (!got) co_return got.error();
      if (ended_) continue;
    }
    const auto left = parser_->content_length_remaining();
    piece.resize(left ? static_cast<std::size_t>(std::clamp<std::uint64_t>(*left, 1, piece_size)) : piece_size);
    auto& body = parser_->get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    const auto read = parse();
    piece.resize(piece.size() - body.size);
    if (!read) co_return read.error();
  }
  co_return piece;
}

http::fields answer_reader::headers() const {
  http::fields all;
  for (const auto& each : parser_->get().base()) all.emplace_back(each.name_string(), each.value());
  return all;
}

std::chrono::milliseconds answer_reader::keepable(std::chrono::milliseconds most) const {
  using namespace std::chrono_literals;
  if (!parser_->is_done() || !parser_->keep_alive() || ended_ || in_.size() != 0) return 0ms;
  const auto parameters = ";" + std::string(parser_->get()[beast::http::field::keep_alive]);  // what the list views
  for (const auto& [name, value] : beast::http::param_list(parameters)) {
    const auto seconds =
        beast::iequals(name, "timeout") ? base::parse_number<unsigned>(value, 0, 86'400) : std::nullopt;
    if (seconds) most = std::min<std::chrono::milliseconds>(most, std::chrono::seconds(*seconds) - 1s);
  }
  return std::max(most, 0ms);
}

}  // namespace sundown::http_client
