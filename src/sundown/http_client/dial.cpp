#include "http_client/dial.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <utility>

namespace sundown::http_client {

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto head_start = 250ms;  // RFC 8305 §5: of each address before the next one

/// The attempts to connect to several addresses, of which the first one that succeeds counts.
struct race : std::enable_shared_from_this<race> {
  explicit race(asio::io_context& context) : news(context) {}

  void start(const tcp::endpoint& to) {
    ++running;
    sockets.push_back(std::make_shared<tcp::socket>(news.get_executor()));
    sockets.back()->async_connect(
        to, [self = shared_from_this(), socket = sockets.back()](error_code ec) { self->ended(ec, socket); });
  }
  void ended(error_code ec, const std::shared_ptr<tcp::socket>& socket) {
    --running;
    if (ec) {
      if (!last || ec != asio::error::operation_aborted) last = ec;
    } else if (!winner) {
      winner = socket;
    }
    news.cancel();
  }

  asio::steady_timer news;
  std::vector<std::shared_ptr<tcp::socket>> sockets;
  std::shared_ptr<tcp::socket> winner;
  error_code last;
  std::size_t running = 0;
};

/// Closes what is still under way, whichever way the race is left.
class finish {
 public:
  explicit finish(std::shared_ptr<race> of) noexcept : race_(std::move(of)) {}
  finish(const finish&) = delete;
  finish& operator=(const finish&) = delete;
  ~finish() {
    error_code ignored;
    for (const auto& each : race_->sockets)
      if (each != race_->winner) each->close(ignored);
  }

 private:
  std::shared_ptr<race> race_;
};

asio::awaitable<result<std::shared_ptr<tcp::socket>>> connect(asio::io_context& context, const addresses& all) {
  const auto attempts = std::make_shared<race>(context);
  const finish ends(attempts);
  for (std::size_t next = 0; !attempts->winner && (next < all.size() || attempts->running != 0);) {
    if (next < all.size()) attempts->start(all[next++]);
    const bool more = next < all.size();
    attempts->news.expires_at(more ? asio::steady_timer::clock_type::now() + head_start
                                   : asio::steady_timer::time_point::max());
    const auto failed_before = attempts->running;
    while (!attempts->winner && attempts->running == failed_before) {
      const auto [ec] = co_await attempts->news.async_wait(as_values);
      if (!ec) break;  // the next address's turn
    }
  }
  if (!attempts->winner) co_return error{errc::unavailable, attempts->last.message()};
  attempts->winner->set_option(tcp::no_delay(true));
  co_return attempts->winner;
}

/// The outcome of a part that has a time limit of its own.
template <class T>
asio::awaitable<result<T>> within(std::chrono::milliseconds limit, asio::awaitable<result<T>> part, const char* what) {
  const auto executor = co_await asio::this_coro::executor;
  const auto end = std::chrono::steady_clock::now() + limit;
  auto [fault, outcome] = co_await asio::co_spawn(executor, std::move(part), asio::cancel_after(limit, as_values));
  if (!fault && outcome) co_return std::move(outcome);
  if (std::chrono::steady_clock::now() < end) {
    if (fault) std::rethrow_exception(fault);
    co_return std::move(outcome);
  }
  co_return error{errc::timed_out, std::string(what) + " did not come within " + std::to_string(limit.count()) + " ms"};
}

asio::awaitable<result<std::unique_ptr<connection>>> encrypt(dialer& with, const origin& where,
                                                             std::unique_ptr<connection> made) {
  auto fault = co_await made->handshake(with.tls, where.host);
  if (!fault.empty()) co_return error{errc::unavailable, "TLS: " + fault};
  co_return std::move(made);
}

}  // namespace

asio::awaitable<result<std::unique_ptr<connection>>> dial(dialer& with, const origin& where) {
  auto found = co_await within(with.limit, with.names.resolve(where.host, where.port), "its address");
  if (!found) co_return at(where, found.error());
  auto socket = co_await within(with.limit, connect(with.context, *found), "a connection");
  if (!socket) co_return at(where, socket.error());
  auto made = std::make_unique<connection>(std::move(**socket));
  if (!where.tls) co_return std::move(made);
  auto secure = co_await within(with.limit, encrypt(with, where, std::move(made)), "the TLS handshake");
  if (!secure) co_return at(where, secure.error());
  co_return std::move(*secure);
}

}  // namespace sundown::http_client
