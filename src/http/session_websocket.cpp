#include "http/prefixed_socket.hpp"
#include "http/session.hpp"
#include "http/worker.hpp"

#include <sundown/http/websocket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

namespace sundown::http {

namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using detail::phase;
using error_code = boost::system::error_code;

namespace {

/// Without permessage-deflate: it holds 64 kB or more per connection.
using ws_stream = ws::stream<detail::prefixed_socket, false>;
using upgrade_request = beast::http::request<beast::http::empty_body>;

upgrade_request copy_of(const detail::request_parser& parser) {
  upgrade_request copy(parser.method(), parser.target(), static_cast<unsigned>(parser.version()));
  parser.for_each_field([&](std::string_view name, std::string_view value) { copy.insert(name, value); });
  return copy;
}

class beast_websocket final : public websocket, public detail::soft_listener {
 public:
  beast_websocket(detail::worker_socket& socket, std::string already_read, const http_config& limits)
      : stream_(socket, std::move(already_read)) {
    stream_.read_message_max(limits.body_limit);
    stream_.set_option(ws::stream_base::timeout{limits.header_timeout, limits.idle_timeout, true});
    stream_.set_option(ws::stream_base::decorator([](ws::response_type& head) { head.set(field::server, "sundown"); }));
  }

  task<error_code> accept(const upgrade_request& asked) {
    const auto [ec] = co_await stream_.async_accept(asked, as_result);
    co_return ec;
  }

  task<result<message>> read() override {
    buffer_.clear();
    const auto [ec, n] = co_await stream_.async_read(buffer_, as_result);
    if (ec) co_return error{errc::canceled, ec.message()};
    co_return message{beast::buffers_to_string(buffer_.data()), stream_.got_text()};
  }

  task<result<void>> write(std::string_view data, bool text) override {
    stream_.text(text);
    const auto [ec, n] = co_await stream_.async_write(asio::buffer(data), as_result);
    if (ec) co_return error{errc::canceled, ec.message()};
    co_return result<void>{};
  }

  /// RFC 6455 §7.4.1: 1001, the server is going away. The pending read ends with the peer's close frame.
  void on_draining() override { start_close(ws::close_code::going_away); }

  /// After the handler: the close handshake, if it is not under way already.
  task<> finish() {
    if (!closing_ && stream_.is_open()) start_close(ws::close_code::normal);
    while (closing_ && !closed_) {
      closed_signal_.expires_at(detail::clock::time_point::max());
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
  beast::flat_buffer buffer_;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace

task<> session::call_websocket(const websocket_handler& serve) {
  auto& x = current();
  const auto asked_upgrade = copy_of(*x.parser);
  if (!ws::is_upgrade(asked_upgrade)) {
    answer(problem(426, "This address speaks WebSocket.").with("Upgrade", "websocket"));
    co_return;
  }
  x.close = true;
  if (draining()) co_return answer(problem(503, "The service is stopping: try again.").with("Retry-After", "1"));

  const auto rest = work_->in.unparsed();
  beast_websocket peer(socket_, {static_cast<const char*>(rest.data()), rest.size()}, worker_.limits());
  const auto failed = co_await peer.accept(asked_upgrade);
  if (failed) {
    broken_ = true;
    co_return;
  }
  x.status = 101;
  x.bytes = 0;
  enter(phase::websocket);
  listener_ = &peer;
  if (draining()) {
    limit_to(worker_.drain().plan().websocket_grace, "websocket_grace", detail::clock::now());
    peer.on_draining();
  }
  const request asked(x);
  const auto [failure] = co_await asio::co_spawn(worker_.executor(), serve(asked, peer),
                                                 asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  co_await peer.finish();
  listener_ = nullptr;
  no_grace();
  last_answer_given_ = true;
  if (failure && !aborted()) log_failure("websocket handler failed", failure);
}

}  // namespace sundown::http
