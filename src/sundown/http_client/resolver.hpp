#pragma once

#include <sundown/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sundown::http_client {

namespace asio = boost::asio;

using addresses = std::vector<asio::ip::tcp::endpoint>;

/// The addresses of names, by the system's resolver (getaddrinfo(3)).
///
/// That can't be interrupted, and a name server that is silent holds it for many seconds: so each look-up has a thread
/// of its own, which is waited for no longer than whoever asks waits. Whoever asks for a name that is looked up already
/// waits for the same answer.
/// Thread safety: the context's thread only.
class resolver {
 public:
  explicit resolver(asio::io_context& context);
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;
  /// Leaves behind the threads that the system still holds: the process then ends by _exit().
  ~resolver();

  /// In the order in which they are to be tried. Obeys cancellation. Error: unavailable.
  asio::awaitable<result<addresses>> resolve(const std::string& host, const std::string& port);

 private:
  struct lookup;
  struct mailbox;

  std::shared_ptr<lookup> start(const std::string& host, const std::string& port);
  void finish(std::list<std::shared_ptr<lookup>>::iterator at, result<addresses> found);

  asio::io_context& context_;
  const std::shared_ptr<mailbox> mailbox_;
  std::list<std::shared_ptr<lookup>> running_;
};

/// The families take turns, beginning with that of the first (RFC 8305 §4).
addresses interleaved(const addresses& given);

}  // namespace sundown::http_client
