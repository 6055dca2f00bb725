#include "service/admin_client.hpp"

#include "base/number.hpp"
#include "http/unix_socket.hpp"
#include "service/tls_provider.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace sundown::serving {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

tcp::endpoint reachable(const admin_config& given) {
  auto address = asio::ip::make_address(given.address);
  if (address.is_unspecified()) {
    if (address.is_v4())
      address = asio::ip::address_v4::loopback();
    else
      address = asio::ip::address_v6::loopback();
  }
  return {address, given.port};
}

/// The connection ends with the answer, in the clear as by TLS.
std::string request_text(std::string_view method, const std::string& target, const std::string& token) {
  auto text = std::string(method) + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
  if (method != "GET") text += "Content-Length: 0\r\n";
  return text + "\r\n";
}

template <class Endpoint>
asio::awaitable<admin_answer> in_the_clear(Endpoint where, std::string request) {
  typename Endpoint::protocol_type::socket stream(co_await asio::this_coro::executor);
  co_await stream.async_connect(where, asio::use_awaitable);
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> answer;
  co_await beast::http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return admin_answer{answer.result_int(), std::move(answer.body())};
}

/// The same by TLS, which has the rest of the limit.
asio::awaitable<admin_answer> by_tls(tcp::endpoint where, std::string request, const tls_provider* provider,
                                     tls_config listener, milliseconds limit) {
  if (!provider) throw std::runtime_error("this program was built without TLS, which admin.tls asks for");
  const auto begin = std::chrono::steady_clock::now();
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(where, asio::use_awaitable);
  const auto left = limit - std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  const auto answer = provider->ask(socket.native_handle(), request, listener, left);
  if (!answer) throw std::runtime_error(answer.error().detail);
  beast::http::response_parser<beast::http::string_body> parser;
  beast::error_code ec;
  parser.eager(true);
  parser.put(asio::buffer(*answer), ec);
  if (!parser.is_header_done()) throw std::runtime_error("no HTTP answer");
  co_return admin_answer{parser.get().result_int(), std::move(parser.get().body())};
}

std::string reason(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted ? "no answer in time" : e.code().message();
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace

result<std::string> admin_origin(const admin_config& given) {
  if (http::detail::unix_path(given.address)) return given.address + ' ';
  if (given.port == 0) return error{errc::invalid, "admin.port is 0, any free one: nobody knows where to ask"};
  try {
    std::ostringstream text;
    text << (given.tls.enabled() ? "https://" : "http://") << reachable(given);
    return text.str();
  } catch (const boost::system::system_error& e) {  // a scope that is no interface of this machine
    return error{errc::invalid, "admin.address " + given.address + ": " + e.code().message()};
  }
}

result<admin_answer> ask_admin(const admin_config& given, const tls_provider* provider, std::string_view method,
                               const std::string& target, const std::string& token, milliseconds limit) {
  admin_answer got;
  std::string fault;
  const auto judge = [&](const std::exception_ptr& failed, admin_answer answer) {
    if (failed)
      fault = reason(failed);
    else
      got = std::move(answer);
  };
  asio::io_context context(1);
  auto request = request_text(method, target, token);
  const auto begin = [&] {
    const auto path = http::detail::unix_path(given.address);
    if (path) return in_the_clear(asio::local::stream_protocol::endpoint(*path), std::move(request));
    const auto where = reachable(given);
    if (given.tls.enabled()) return by_tls(where, std::move(request), provider, given.tls, limit);
    return in_the_clear(where, std::move(request));
  };
  auto asking = begin();
  asio::co_spawn(context, std::move(asking), asio::cancel_after(limit, judge));
  context.run();
  if (!fault.empty()) return error{errc::unavailable, fault};
  return got;
}

}  // namespace sundown::serving
