#include "http/output.hpp"

#include "http/connection.hpp"

#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_suffix.hpp>

#include <algorithm>

namespace sundown::http::detail {

namespace {

/// A larger write takes as long as a fast reader goes on reading.
constexpr std::size_t largest_write = 128 << 10;

}  // namespace

void output::clear() noexcept {
  bytes.clear();
  if (!tail.empty()) std::string().swap(tail);  // an assignment would keep its memory
  written_ = 0;
}

bool output::write_now(connection& to) {
  while (written_ < bytes.size() + tail.size()) {
    turn_over_ = written_ != 0 && to.turn_over(clock::now());
    if (turn_over_) return false;
    const auto in_bytes = std::min(written_, bytes.size());
    const auto rest = asio::buffer(bytes) + in_bytes;
    transport::progress sent;
    if (tail.empty()) {  // the common case: send(2) is cheaper than sendmsg(2)
      sent = to.io().write(asio::const_buffer(rest));
    } else {
      const auto rest_of_tail = asio::buffer(tail) + (written_ - in_bytes);
      sent = to.io().write(std::array<asio::const_buffer, 2>{rest, asio::buffer(rest_of_tail, largest_write)});
    }
    written_ += sent.bytes;
    if (sent.how == transport::status::blocked) return false;
    if (sent.how != transport::status::done) {
      to.ends(fate::peer_gone);
      return true;
    }
  }
  clear();
  return true;
}

task<> output::flush(connection& to) {
  while (!to.lost() && !write_now(to)) {
    if (turn_over_) {
      co_await to.next_turn();
    } else {
      co_await to.wait_writable();
    }
  }
}

task<> output::write_through(connection& to, std::array<asio::const_buffer, 3> pieces, std::uint64_t& written) {
  boost::beast::buffers_suffix<std::array<asio::const_buffer, 3>> rest(pieces);
  while (asio::buffer_size(rest) > 0) {
    if (to.turn_over(clock::now())) co_await to.next_turn();
    if (to.lost()) co_return;
    const auto sent = to.io().write(boost::beast::buffers_prefix(largest_write, rest));
    written += sent.bytes;
    rest.consume(sent.bytes);
    if (sent.how == transport::status::blocked) {
      co_await to.wait_writable();
    } else if (sent.how != transport::status::done) {
      to.ends(fate::peer_gone);
    }
    if (to.lost()) co_return;
  }
}

}  // namespace sundown::http::detail
