#include "http_client/connection.hpp"

#include "base/tls_peer.hpp"

#include <boost/asio/write.hpp>

#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace sundown::http_client {

namespace {

constexpr base::handshake_advice advice{"name a private one in http_client.ca", "the URL begins with http://",
                                        "which this client has none of"};

}  // namespace

asio::awaitable<std::string> connection::handshake(asio::ssl::context& with, const std::string& host) {
  secure_.emplace(std::move(*plain_), with);
  plain_.reset();
  auto* const ssl = secure_->native_handle();
  base::expect_certificate_of(host, ssl);
  const auto [ec] = co_await secure_->async_handshake(asio::ssl::stream_base::client, as_values);
  co_return ec ? base::handshake_fault(ec, ssl, advice) : std::string();
}

asio::awaitable<connection::transferred> connection::read(asio::mutable_buffer into) {
  transferred got;
  if (secure_)
    std::tie(got.ec, got.bytes) = co_await secure_->async_read_some(into, as_values);
  else
    std::tie(got.ec, got.bytes) = co_await plain_->async_read_some(into, as_values);
  co_return got;
}

asio::awaitable<connection::transferred> connection::write(std::vector<asio::const_buffer> all) {
  transferred sent;
  if (secure_)
    std::tie(sent.ec, sent.bytes) = co_await asio::async_write(*secure_, all, as_values);
  else
    std::tie(sent.ec, sent.bytes) = co_await asio::async_write(*plain_, all, as_values);
  co_return sent;
}

bool connection::is_quiet() {
  char byte = 0;
  return ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

}  // namespace sundown::http_client
