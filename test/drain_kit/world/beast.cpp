// Boost.Beast, in the shape of its example advanced-server-flex-awaitable without TLS, written anew: one coroutine a
// connection, in a group that SIGINT cancels. `total` lets a session end after the answer that is under way; what is
// left after 8 s (the example: 10 s) is cancelled by `terminal`.
//
//   world_beast PORT | --version
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/version.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;
using namespace std::chrono_literals;

/// Coroutines that are cancelled, and waited for, together. One thread.
class task_group {
 public:
  explicit task_group(asio::io_context& context)
      : context_(context), ended_(context, asio::steady_timer::time_point::max()) {}

  void spawn(asio::awaitable<void> task) {
    const auto each = signals_.emplace(signals_.end());
    const auto done = [this, each](const std::exception_ptr&) {
      signals_.erase(each);
      if (signals_.empty()) ended_.cancel();
    };
    asio::co_spawn(context_, std::move(task), asio::bind_cancellation_slot(each->slot(), done));
  }

  void cancel(asio::cancellation_type how) {
    for (auto each = signals_.begin(); each != signals_.end();) (each++)->emit(how);
  }

  asio::awaitable<void> wait(std::chrono::seconds limit) {
    boost::system::error_code ignored;
    if (!signals_.empty())
      co_await ended_.async_wait(asio::cancel_after(limit, asio::redirect_error(use_awaitable, ignored)));
  }

 private:
  asio::io_context& context_;
  asio::steady_timer ended_;
  std::list<asio::cancellation_signal> signals_;
};

std::size_t number_of(std::string_view target) {
  return std::strtoul(target.substr(target.find('=') + 1).data(), nullptr, 10);
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

asio::awaitable<void> send_events(beast::tcp_stream& stream) {
  http::response<http::empty_body> head{http::status::ok, 11};
  head.set(http::field::content_type, "text/event-stream");
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer{head};
  co_await http::async_write_header(stream, serializer, use_awaitable);
  while (true) {
    stream.expires_after(30s);
    co_await asio::async_write(stream, http::make_chunk(asio::buffer("data: here\n\n", 12)), use_awaitable);
    co_await sleep_for(100ms);
  }
}

asio::awaitable<void> answer(const request& asked, response& reply) {
  const std::string_view target = asked.target();
  if (target.starts_with("/slow")) {
    co_await sleep_for(std::chrono::milliseconds(number_of(target)));
    reply.body() = "slept";
  } else if (target.starts_with("/bytes")) {
    reply.body().assign(number_of(target), '\0');
  } else if (target.starts_with("/upload")) {
    reply.body() = std::to_string(asked.body().size()) + " bytes";
  } else {
    reply.body() = "Hello, World!";
  }
  reply.keep_alive(asked.keep_alive());
  reply.prepare_payload();
}

asio::awaitable<void> session(beast::tcp_stream stream) {
  // `total` is seen here alone, so that it tears nothing that is under way.
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation(),
                                                     asio::enable_terminal_cancellation());
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto state = co_await asio::this_coro::cancellation_state;
  beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive && state.cancelled() == asio::cancellation_type::none) {
    stream.expires_after(30s);
    http::request_parser<http::string_body> parser;
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> leave{http::status::continue_, 11};
      co_await http::async_write(stream, leave, use_awaitable);
    }
    co_await http::async_read(stream, buffer, parser, use_awaitable);
    request asked = parser.release();
    stream.expires_never();
    if (asked.target() == "/events") co_await send_events(stream);
    response reply{http::status::ok, asked.version()};
    co_await answer(asked, reply);
    keep_alive = reply.keep_alive();
    stream.expires_after(30s);
    co_await http::async_write(stream, reply, use_awaitable);
  }
  stream.socket().shutdown(tcp::socket::shutdown_send);
}

asio::awaitable<void> listen(task_group& tasks, std::uint16_t port) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  tcp::acceptor acceptor(co_await asio::this_coro::executor, {asio::ip::address_v4::loopback(), port});
  while (true) tasks.spawn(session(beast::tcp_stream(co_await acceptor.async_accept(use_awaitable))));
}

asio::awaitable<void> stop_at_signal(task_group& tasks) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT);
  co_await signals.async_wait(use_awaitable);
  tasks.cancel(asio::cancellation_type::total);
  co_await tasks.wait(8s);
  tasks.cancel(asio::cancellation_type::terminal);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: world_beast PORT\n", stderr);
    return 2;
  }
  if (std::string_view(argv[1]) == "--version")
    return std::printf("%d.%d\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000) < 0;
  asio::io_context context(1);
  task_group tasks(context);
  tasks.spawn(listen(tasks, static_cast<std::uint16_t>(std::atoi(argv[1]))));
  asio::co_spawn(context, stop_at_signal(tasks), asio::detached);
  context.run();
}
