#include "service/healthcheck.hpp"

#include "base/number.hpp"
#include "base/program_name.hpp"
#include "service/tls_provider.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <exception>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
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

asio::awaitable<unsigned> status_of(tcp::endpoint where, std::string target) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  co_await stream.async_connect(where, asio::use_awaitable);
  beast::http::request<beast::http::empty_body> question(beast::http::verb::get, target, 11);
  question.set(beast::http::field::host, "localhost");
  question.set(beast::http::field::connection, "close");
  co_await beast::http::async_write(stream, question, asio::use_awaitable);
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> answer;
  co_await beast::http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return answer.result_int();
}

/// The same by TLS, which has the rest of the limit.
asio::awaitable<unsigned> status_by_tls(tcp::endpoint where, std::string target, const tls_provider* provider,
                                        tls_config listener, milliseconds limit) {
  if (!provider) throw std::runtime_error("this program was built without TLS, which admin.tls asks for");
  const auto begin = std::chrono::steady_clock::now();
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(where, asio::use_awaitable);
  const auto left = limit - std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  const auto request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const auto answer = provider->ask(socket.native_handle(), request, listener, left);
  if (!answer) throw std::runtime_error(answer.error().detail);
  constexpr std::string_view version = "HTTP/1.1 ";
  if (!answer->starts_with(version)) throw std::runtime_error("no HTTP answer");
  co_return base::parse_number<unsigned>(std::string_view(*answer).substr(version.size(), 3), 100, 999).value_or(0);
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

int healthcheck(const admin_config& given, const tls_provider* provider, milliseconds limit, std::ostream& err) {
  if (given.port == 0) {
    err << base::program_name() << ": unhealthy: admin.port is 0, any free one: nobody knows where to ask\n";
    return 1;
  }
  tcp::endpoint where;
  try {
    where = reachable(given);
  } catch (const boost::system::system_error& e) {  // a scope that is no interface of this machine
    err << base::program_name() << ": unhealthy: admin.address " << given.address << ": " << e.code().message() << '\n';
    return 1;
  }
  std::string fault;
  const auto judge = [&](const std::exception_ptr& failed, unsigned status) {
    if (failed)
      fault = reason(failed);
    else if (status != 200)
      fault = "status " + std::to_string(status);
  };
  asio::io_context context(1);
  const bool encrypted = given.tls.enabled();
  auto asking = encrypted ? status_by_tls(where, "/live", provider, given.tls, limit) : status_of(where, "/live");
  asio::co_spawn(context, std::move(asking), asio::cancel_after(limit, judge));
  context.run();
  if (fault.empty()) return 0;
  err << base::program_name() << ": unhealthy: " << (encrypted ? "https://" : "http://") << where << "/live: " << fault
      << '\n';
  return 1;
}

}  // namespace sundown::serving
