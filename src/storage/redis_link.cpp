#include "storage/redis_link.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace sundown::storage {

using namespace std::chrono_literals;
namespace redis = boost::redis;

namespace {

constexpr auto connect_limit = 1s;   // for each of: resolving, connecting, the TLS handshake
constexpr auto greeting_limit = 3s;  // for all of these and the first answer
constexpr auto reconnect_wait = 500ms;
constexpr auto beat_interval = 500ms;  // between an answer to PING and the next PING
constexpr auto beat_limit = 1s;        // a server that does not answer for so long is frozen, or the way to it is cut

redis::request::config for_one_connection() {
  // Lost with the connection, never sent again behind the caller's back.
  return {.cancel_on_connection_lost = true,
          .cancel_if_not_connected = false,
          .cancel_if_unresponded = true,
          .hello_with_priority = true};
}

}  // namespace

/// Boost.Redis finds this by its argument. Its own generic response can't take a value after an error in one pipeline.
inline auto boost_redis_adapt(redis_reply& to) noexcept {
  struct adapter {
    redis_reply* to;

    std::size_t get_supported_response_size() const noexcept { return static_cast<std::size_t>(-1); }
    void operator()(std::size_t, const redis::resp3::basic_node<std::string_view>& node, boost::system::error_code&) {
      using redis::resp3::type;
      if (node.data_type == type::simple_error || node.data_type == type::blob_error) {
        if (to->error.empty()) to->error = node.value;
      } else if (node.data_type == type::null) {
        to->values.emplace_back(std::nullopt);
      } else if (!redis::resp3::is_aggregate(node.data_type)) {
        to->values.emplace_back(std::string(node.value));
      }
    }
  };
  return adapter{&to};
}

redis_exchange::redis_exchange(const std::vector<redis_command>& commands) : request(for_one_connection()) {
  for (const auto& one : commands) {
    if (one.size() == 1)
      request.push(one.front());
    else
      request.push_range(one.front(), std::next(one.begin()), one.end());
  }
}

redis_link::redis_link(asio::io_context& context, redis_address where)
    : context_(context), where_(std::move(where)), wake_(context) {}

template <class Predicate>
asio::awaitable<bool> redis_link::until(clock::time_point end, Predicate holds) {
  while (!holds()) {
    if (clock::now() >= end) co_return false;
    wake_.expires_at(end);
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return true;
}

asio::awaitable<void> redis_link::keep() {
  while (!closing_) {
    open();
    const auto why = co_await serve();
    co_await hang_up();
    if (closing_) break;
    tell(false, why.empty() ? reason() : why);
    co_await until(clock::now() + reconnect_wait, [this] { return closing_; });
  }
  co_await until(clock::time_point::max(), [this] { return quitting_; });
}

void redis_link::open() {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  if (where_.tls) tls.set_default_verify_paths();
  connection_ = std::make_unique<redis::connection>(context_.get_executor(), std::move(tls));
  if (where_.tls) {
    auto& stream = connection_->next_layer();
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(where_.host));
    boost::system::error_code not_an_address;
    asio::ip::make_address(where_.host, not_an_address);
    if (not_an_address) {
      SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(where_.host.c_str()));
    }
  }
  redis::config how;
  how.use_ssl = where_.tls;
  how.addr = {where_.host, where_.port};
  how.username = where_.user;
  how.password = where_.password;
  how.clientname = "sundown";
  how.database_index.reset();  // see greeting()
  how.resolve_timeout = how.connect_timeout = how.ssl_handshake_timeout = connect_limit;
  how.health_check_interval = 0s;    // check() does it
  how.reconnect_wait_interval = 0s;  // keep() does it
  running_ = true;
  greeted_ = false;
  connection_->async_run(how, redis::logger(redis::logger::level::disabled),
                         [this](boost::system::error_code why) { ended(why); });
}

void redis_link::ended(boost::system::error_code why) {
  running_ = up_ = false;
  ended_ = why;
  resolver_hangs_ = why == redis::error::resolve_timeout;
  connection_->cancel(redis::operation::exec);  // those that were added to a connection that never was
  changed();
}

/// Returns why it has ended if it is known better than by the connection's own error.
asio::awaitable<std::string> redis_link::serve() {
  auto greeted = co_await ask(greeting(), greeting_limit);
  if (!greeted) {
    if (!closing_) silent_ = greeted.error().code == errc::timed_out || ended_ == redis::error::connect_timeout;
    if (greeted.error().detail.starts_with("NOAUTH")) co_return refused_us();
    co_return greeted.error().code == errc::canceled ? std::string() : greeted.error().detail;
  }
  // A user that is refused may still get answers, as the default user.
  auto& socket = connection_->next_layer().lowest_layer();
  if (!socket.is_open()) co_return std::string();
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // not for a program that a handler starts
  up_ = greeted_ = true;
  silent_ = false;
  tell(true, "");
  auto why = co_await check();
  if (!why.empty()) co_return why;
  co_await until(clock::time_point::max(), [this] { return quitting_ || !running_; });
  up_ = false;
  if (running_) {
    const auto goodbye = co_await ask(redis_command(1, "QUIT"), clock::duration::max());
    said_goodbye_ = goodbye.has_value();
  }
  co_return std::string();
}

/// Until the connection ends, its server falls silent, or nobody wants to know any more.
asio::awaitable<std::string> redis_link::check() {
  for (;;) {
    if (on_beat) on_beat();
    const auto enough = [this] { return !running_ || closing_; };
    const bool over = co_await until(clock::now() + beat_interval, enough);
    if (over) co_return std::string();
    const auto pong = co_await ask(redis_command(1, "PING"), beat_limit);  // an error is an answer too
    if (closing_) co_return std::string();
    if (!pong && pong.error().code == errc::timed_out) {
      silent_ = true;
      co_return "it does not answer";
    }
  }
}

/// One command of our own. `canceled` if the connection ended first.
asio::awaitable<result<redis_values>> redis_link::ask(redis_command command, clock::duration limit) {
  const bool gives_way = command.front() != "QUIT";  // nobody waits for its answer once the client closes
  auto what = std::make_shared<redis_exchange>(std::vector<redis_command>(1, std::move(command)));
  auto outcome = std::make_shared<std::optional<result<redis_values>>>();
  what->done = [this, outcome](result<redis_values> answer) {
    *outcome = std::move(answer);
    changed();
  };
  submit(what);
  const auto end = limit == clock::duration::max() ? clock::time_point::max() : clock::now() + limit;
  const auto over = [this, outcome, gives_way] { return outcome->has_value() || (gives_way && closing_); };
  const bool answered = co_await until(end, over);
  if (!answered || !outcome->has_value()) co_return error{errc::timed_out, "no answer to the greeting"};
  if (what->lost) co_return error{errc::canceled, ""};
  co_return std::move(**outcome);
}

asio::awaitable<void> redis_link::hang_up() {
  up_ = false;
  while (running_) {
    connection_->cancel();
    // Once more, if that came between two steps of connecting, where Boost.Redis doesn't see it.
    co_await until(clock::now() + 20ms, [this] { return !running_; });
  }
  co_await until(clock::time_point::max(), [this] { return under_way_ == 0; });
  connection_.reset();
}

bool redis_link::execute(const std::shared_ptr<redis_exchange>& what) {
  if (!up_) return false;
  submit(what);
  return true;
}

void redis_link::submit(const std::shared_ptr<redis_exchange>& what) {
  ++under_way_;
  redis::any_adapter into(what->reply);
  connection_->async_exec(what->request, std::move(into), [this, what](boost::system::error_code fault, std::size_t) {
    if (--under_way_ == 0) changed();
    what->lost = bool(fault);
    if (fault) {
      what->done(error{errc::unavailable, "the connection was lost before the answer"});
    } else if (!what->reply.error.empty()) {
      what->done(error{errc::unavailable, what->reply.error});
    } else {
      what->done(std::move(what->reply.values));
    }
  });
}

void redis_link::stop_checking() {
  closing_ = true;
  changed();
}

void redis_link::quit() {
  closing_ = quitting_ = true;
  changed();
}

redis_command redis_link::greeting() const {
  // By a command whose answer we see: Boost.Redis would tell a wrong database and a wrong password by the same code.
  if (where_.database != 0) return {"SELECT", std::to_string(where_.database)};
  return {"PING"};
}

std::string redis_link::refused_us() const {
  return where_.password.empty() ? "it asks for a password, is in protected mode, or is older than Redis 6"
                                 : "it refuses our user name or password, or is older than Redis 6";
}

std::string redis_link::reason() const {
  // Boost.Redis closes the connection itself when its HELLO is refused, and reports no more than that.
  if (!greeted_ && ended_ == asio::error::operation_aborted) return refused_us();
  if (ended_ == redis::error::resolve_timeout || ended_.category() == asio::error::get_netdb_category()) {
    return "its name can't be resolved";
  }
  if (ended_ == redis::error::connect_timeout) return "it can't be reached";
  if (!ended_ || ended_ == asio::error::eof || ended_ == asio::error::operation_aborted) return "connection closed";
  return ended_.message();
}

void redis_link::tell(bool up, const std::string& detail) {
  if (told_ && told_up_ == up && told_detail_ == detail) return;
  told_ = true;
  told_up_ = up;
  told_detail_ = detail;
  if (up)
    log::info("redis: connected", {{"server", where_.text()}});
  else
    log::warn("redis: away, trying again", {{"server", where_.text()}, {"error", detail}});
  if (on_state) on_state(up, detail);
}

}  // namespace sundown::storage
