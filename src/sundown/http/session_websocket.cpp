#include "base/program_name.hpp"
#include "http/head_writer.hpp"
#include "http/prefixed_socket.hpp"
#include "http/session.hpp"
#include "http/worker.hpp"

#include <sundown/http/handshake.hpp>
#include <sundown/http/websocket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>

namespace sundown::http {

namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using detail::phase;
using error_code = boost::system::error_code;

namespace {

/// Without permessage-deflate: it holds 64 kB or more per connection.
using ws_stream = ws::stream<detail::prefixed_socket, false>;
using upgrade_request = beast::http::request<beast::http::empty_body>;

/// What Beast is to answer: the handshake was judged before, by rules that are stricter than Beast's, and list fields
/// over all their lines.
upgrade_request handshake_of(const detail::request_parser& parser) {
  upgrade_request in_order(verb::get, parser.target(), 11);
  in_order.set(field::host, parser.field(field::host));
  in_order.set(field::connection, "Upgrade");
  in_order.set(field::upgrade, "websocket");
  in_order.set(field::sec_websocket_version, parser.field(field::sec_websocket_version));
  in_order.set(field::sec_websocket_key, parser.field(field::sec_websocket_key));
  return in_order;
}

/// Why a field is not added to the 101; nullptr if it is.
const char* fault_in_handshake(std::string_view name, std::string_view value) noexcept {
  constexpr std::string_view own = "Sec-WebSocket-";
  if (beast::iequals(name, "Upgrade") || beast::iequals(name.substr(0, own.size()), own)) {
    return "the handshake writes it";
  }
  return detail::fault_of_field(name, value);
}

/// How much of a message is read at least and at most in one go; a message that is only announced takes no memory.
constexpr std::size_t smallest_read = 1 << 10;
constexpr std::size_t largest_read = 64 << 10;

class beast_websocket final : public websocket, public detail::soft_listener {
 public:
  beast_websocket(detail::worker_socket& socket, std::string already_read, const http_config& limits)
      : stream_(socket, std::move(already_read)) {
    stream_.read_message_max(limits.body_limit);
    stream_.set_option(ws::stream_base::timeout{limits.header_timeout, limits.idle_timeout, true});
  }

  task<error_code> accept(const detail::request_parser& parser, std::string_view id, const handshake& offer,
                          detail::head_writer& heads) {
    chosen_ = offer.chosen();
    stream_.set_option(ws::stream_base::decorator([&](ws::response_type& head) {
      head.set(field::server, base::program_name());
      head.set("X-Request-Id", id);
      if (!chosen_.empty()) head.set(field::sec_websocket_protocol, chosen_);
      for (const auto& [name, value] : offer.more()) {
        if (const auto* why = fault_in_handshake(name, value)) {
          heads.tell_of(name, why, id);
        } else {
          head.insert(name, value);
        }
      }
    }));
    const auto asked = handshake_of(parser);
    const auto [ec] = co_await stream_.async_accept(asked, as_result);
    stream_.set_option(ws::stream_base::decorator([](ws::response_type&) {}));
    co_return ec;
  }

  task<result<message>> read() override {
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

  task<result<void>> write(std::string_view data, bool text) override {
    stream_.text(text);
    const auto [ec, n] = co_await stream_.async_write(asio::buffer(data), as_result);
    if (ec) co_return error{errc::canceled, ec.message()};
    co_return result<void>{};
  }

  std::string_view subprotocol() const noexcept override { return chosen_; }

  /// RFC 6455 §7.4.1: 1001, the server is going away. The pending read ends with the peer's close frame.
  void on_draining() override { start_close(ws::close_code::going_away); }

  void on_abort() override { stream_.next_layer().break_off(); }

  /// After the handler: the close handshake, if it is not under way already.
  task<> finish() {
    if (!closing_ && stream_.is_open()) start_close(ws::close_code::normal);
    while (closing_ && !closed_) {
      closed_signal_.expires_at(sundown::clock::time_point::max());
      co_await closed_signal_.async_wait(as_result);
    }
  }

 private:
  void start_close(ws::close_code why) {
    if (closing_ || !stream_.is_open()) return;
    closing_ = true;
    stream_.async_close(why, [this](error_code) {
      closed_ = true;
      closed_signal_.cancel();
    });
  }

  ws_stream stream_;
  detail::worker_timer closed_signal_{stream_.get_executor()};
  std::string chosen_;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace

task<> session::call_websocket(const route& to, const websocket_handler& serve) {
  auto& x = current();
  const request asked(x);
  handshake offer(asked.elements(field::sec_websocket_protocol));
  if (to.check) {
    x.close = true;  // as with every refused handshake
    auto said = co_await ask([&] { return to.check(asked, offer); });
    if (said.refusal) answer(std::move(*said.refusal));
    if (!said.admitted) co_return;
  }
  x.close = true;
  if (draining()) co_return answer(problem(503, "The service is stopping: try again.").with("Retry-After", "1"));

  const auto rest = work_->in.unparsed();
  beast_websocket peer(socket_, {static_cast<const char*>(rest.data()), rest.size()}, worker_.limits());
  const auto failed = co_await peer.accept(*x.parser, x.id(), offer, worker_.heads());
  if (failed || aborted()) {
    broken_ = true;
    co_return;
  }
  x.status = 101;
  x.bytes = 0;
  enter(phase::websocket);
  listener_ = &peer;
  if (draining()) {
    limit_to(worker_.drain().plan().websocket_grace, "websocket_grace", sundown::clock::now());
    peer.on_draining();
  }
  const auto [failure] = co_await asio::co_spawn(
      worker_.executor(), [&] { return serve(asked, peer); },
      asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  co_await peer.finish();
  listener_ = nullptr;
  no_grace();
  last_answer_given_ = true;
  if (failure && !aborted()) log_failure("websocket handler failed", failure);
}

}  // namespace sundown::http
