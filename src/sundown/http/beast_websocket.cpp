#include "http/beast_websocket.hpp"

#include "base/program_name.hpp"
#include "http/worker_parts.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <algorithm>

namespace sundown::http::detail {

namespace {

namespace ws = boost::beast::websocket;
using upgrade_request = beast::http::request<beast::http::empty_body>;

/// What Beast is to answer: the handshake was judged before, by rules that are stricter than Beast's, and list fields
/// over all their lines.
upgrade_request handshake_of(const request_parser& parser) {
  upgrade_request head(verb::get, parser.target(), 11);
  head.set(field::host, parser.field(field::host));
  head.set(field::connection, "Upgrade");
  head.set(field::upgrade, "websocket");
  head.set(field::sec_websocket_version, parser.field(field::sec_websocket_version));
  head.set(field::sec_websocket_key, parser.field(field::sec_websocket_key));
  return head;
}

/// Why a field is not added to the 101; nullptr if it is.
const char* fault_in_handshake(std::string_view name, std::string_view value) noexcept {
  constexpr std::string_view own = "Sec-WebSocket-";
  if (beast::iequals(name, "Upgrade") || beast::iequals(name.substr(0, own.size()), own)) {
    return "the handshake writes it";
  }
  return fault_of_field(name, value);
}

/// How much of a message is read at least and at most in one go; a message that is only announced takes no memory.
constexpr std::size_t smallest_read = 1 << 10;
constexpr std::size_t largest_read = 64 << 10;

}  // namespace

beast_websocket::beast_websocket(connection& client, std::string already_read)
    : heads_(client.parts().heads), stream_(client.io(), std::move(already_read)) {
  const auto& limits = client.parts().limits;
  stream_.read_message_max(limits.body_limit);
  stream_.set_option(ws::stream_base::timeout{limits.header_timeout, limits.idle_timeout, true});
}

task<bool> beast_websocket::accept(const exchange& current, const handshake& offer) {
  chosen_ = offer.chosen();
  stream_.set_option(ws::stream_base::decorator([&](ws::response_type& head) {
    head.set(field::server, base::program_name());
    head.set("X-Request-Id", current.id());
    if (!chosen_.empty()) head.set(field::sec_websocket_protocol, chosen_);
    for (const auto& [name, value] : offer.more()) {
      if (const auto* why = fault_in_handshake(name, value)) {
        heads_.tell_of(name, why, current.id());
      } else {
        head.insert(name, value);
      }
    }
  }));
  const auto head = handshake_of(*current.parser);
  const auto [ec] = co_await stream_.async_accept(head, as_result);
  stream_.set_option(ws::stream_base::decorator([](ws::response_type&) {}));
  co_return !ec;
}

task<result<websocket::message>> beast_websocket::read() {
  std::string data;
  std::size_t size = 0;
  do {
    if (size == data.size()) data.resize(size + std::clamp(size, smallest_read, largest_read));
    const auto [ec, n] = co_await stream_.async_read_some(asio::buffer(data) + size, as_result);
    if (ec) co_return error{errc::canceled, ec.message()};
    size += n;
  } while (!stream_.is_message_done());
  data.resize(size);
  if (data.capacity() > std::max(2 * size, smallest_read)) data.shrink_to_fit();
  co_return message{std::move(data), stream_.got_text()};
}

task<result<void>> beast_websocket::write(std::string_view data, bool text) {
  stream_.text(text);
  const auto [ec, n] = co_await stream_.async_write(asio::buffer(data), as_result);
  if (ec) co_return error{errc::canceled, ec.message()};
  co_return result<void>{};
}

void beast_websocket::on_draining() { start_close(ws::close_code::going_away); }

void beast_websocket::on_abort() { stream_.next_layer().break_off(); }

void beast_websocket::start_close(ws::close_code why) {
  if (closing_ || !stream_.is_open()) return;
  closing_ = true;
  stream_.async_close(why, [this](error_code) {
    closed_ = true;
    closed_signal_.cancel();
  });
}

task<> beast_websocket::finish() {
  if (!closing_ && stream_.is_open()) start_close(ws::close_code::normal);
  while (closing_ && !closed_) {
    closed_signal_.expires_at(clock::time_point::max());
    co_await closed_signal_.async_wait(as_result);
  }
}

}  // namespace sundown::http::detail
