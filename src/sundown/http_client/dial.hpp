#pragma once

#include "http_client/connection.hpp"
#include "http_client/resolver.hpp"
#include "http_client/url.hpp"

#include <sundown/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>

namespace sundown::http_client {

/// What new connections are made with.
struct dialer {
  dialer(asio::io_context& where, asio::ssl::context& trust, std::chrono::milliseconds most)
      : context(where), tls(trust), names(where), limit(most) {}

  asio::io_context& context;
  asio::ssl::context& tls;
  resolver names;
  const std::chrono::milliseconds limit;  ///< for each of: the name, the connection, the handshake
};

/// A new connection. Errors: unavailable and timed_out, with the origin and what to do. Obeys cancellation.
asio::awaitable<result<std::unique_ptr<connection>>> dial(dialer& with, const origin& where);

}  // namespace sundown::http_client
