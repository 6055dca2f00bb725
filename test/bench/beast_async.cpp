// What most people begin with: the shape of Beast's asynchronous example servers, written anew. One io_context run by
// all threads, a strand a connection, callbacks, request<string_body>, message serialised by Beast, a timer a
// connection.
//
//   beast_async PORT THREADS
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;

http::message_generator answer(const http::request<http::string_body>& asked) {
  const bool known = asked.target() == "/hello";
  http::response<http::string_body> reply(known ? http::status::ok : http::status::not_found, asked.version());
  reply.set(http::field::server, "beast");
  reply.set(http::field::content_type, "text/plain");
  reply.keep_alive(asked.keep_alive());
  reply.body() = known ? "Hello, World!" : "Not found";
  reply.prepare_payload();
  return reply;
}

class session : public std::enable_shared_from_this<session> {
 public:
  explicit session(tcp::socket socket) : stream_(std::move(socket)) {}

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

 private:
  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_, beast::bind_front_handler(&session::on_read, shared_from_this()));
  }

  void on_read(error_code ec, std::size_t) {
    if (ec == http::error::end_of_stream) return finish();
    if (ec) return;
    auto reply = answer(request_);
    const bool keep_alive = reply.keep_alive();
    beast::async_write(stream_, std::move(reply),
                       beast::bind_front_handler(&session::on_write, shared_from_this(), keep_alive));
  }

  void on_write(bool keep_alive, error_code ec, std::size_t) {
    if (ec) return;
    if (!keep_alive) return finish();
    read();
  }

  void finish() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

class listener {
 public:
  listener(asio::io_context& context, const tcp::endpoint& where) : context_(context), acceptor_(context, where) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.listen(4096);
    accept();
  }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(context_), [this](error_code ec, tcp::socket socket) {
      if (!ec) {
        socket.set_option(tcp::no_delay(true), ec);  // the examples leave this out, and pipeline six times slower
        std::make_shared<session>(std::move(socket))->start();
      }
      accept();
    });
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: beast_async PORT THREADS\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const int threads = std::atoi(argv[2]);
  asio::io_context context(threads);
  const listener here(context, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(argv[1]))});
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&] { context.run(); });
  context.run();
}
