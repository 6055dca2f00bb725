#include "storage/redis/link.hpp"

#include "base/program_name.hpp"
#include "storage/redis/reader.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace sundown::redis {

using namespace std::chrono_literals;
namespace driver = boost::redis;

namespace {

constexpr auto connect_limit = 1s;   // for each of: resolving, connecting, the TLS handshake
constexpr auto greeting_limit = 3s;  // for all of these and the first answer
constexpr auto reconnect_wait = 500ms;
constexpr auto longest_wait = 4s;      // before a server that has refused us again and again is asked once more
constexpr auto beat_interval = 500ms;  // between an answer to a beat and the next beat
constexpr int rehearsal_beats = 20;    // between two rehearsals while nothing is known to be refused
constexpr std::size_t largest_greeting = 16 << 10;  // the answer to HELLO, which is smaller than 1 KiB
constexpr auto beat_limit = 1s;  // a server that does not answer for so long is frozen, or the way to it is cut

/// A write that changes nothing, since the key is never there: no replica and no file hears of it, but the server
/// refuses it where it refuses writes, and those that take memory.
command beat() { return {"SET", std::string(base::program_name()) + ":probe", "", "XX"}; }

driver::request::config for_one_connection() {
  // Lost with the connection, never sent again behind the caller's back.
  return {.cancel_on_connection_lost = true,
          .cancel_if_not_connected = false,
          .cancel_if_unresponded = true,
          .hello_with_priority = true};
}

}  // namespace

/// Boost.Redis finds this by its argument. Its own generic response can't take a value after an error in one pipeline.
inline auto boost_redis_adapt(pipeline_reply& to) noexcept {
  struct adapter {
    pipeline_reply* to;

    std::size_t get_supported_response_size() const noexcept { return static_cast<std::size_t>(-1); }
    void operator()(std::size_t place, const driver::resp3::basic_node<std::string_view>& node,
                    boost::system::error_code& fault) {
      using driver::resp3::type;
      const auto size = node.value.size() + sizeof(std::string);
      if (size > to->room) {
        fault = answer_too_large;
        return;
      }
      to->room -= size;
      if (node.data_type == type::simple_error || node.data_type == type::blob_error) {
        if (to->error.empty()) {
          to->error = node.value;
          to->refused = place;
        }
      } else if (node.data_type == type::null) {
        to->values.emplace_back(std::nullopt);
      } else if (!driver::resp3::is_aggregate(node.data_type)) {
        to->values.emplace_back(std::string(node.value));
      }
    }
  };
  return adapter{&to};
}

/// Boost.Redis tells nobody but its logger what the server has answered to HELLO, and collects that itself.
struct greeting_listener {
  std::string* refused;
  std::size_t* room;

  void on_hello(const boost::system::error_code&, const driver::generic_response& answer) {
    *room = std::numeric_limits<std::size_t>::max();
    if (!answer.has_value()) *refused = answer.error().diagnostic;
  }
  template <class... Ignored>
  void on_resolve(const Ignored&...) {}
  template <class... Ignored>
  void on_connect(const Ignored&...) {}
  template <class... Ignored>
  void on_ssl_handshake(const Ignored&...) {}
  template <class... Ignored>
  void on_write(const Ignored&...) {}
  /// Takes the error by reference, so that it ends the connection.
  void on_read(boost::system::error_code& fault, std::size_t bytes) {
    if (bytes > *room) fault = answer_too_large;
    if (*room != std::numeric_limits<std::size_t>::max()) *room -= std::min(*room, bytes);
  }
  template <class... Ignored>
  void trace(const Ignored&...) {}
  void set_prefix(std::string_view) {}
};

pipeline::pipeline(const std::vector<command>& commands) : request(for_one_connection()) {
  for (const auto& one : commands) {
    names.push_back(one.front());
    if (one.size() == 1)
      request.push(one.front());
    else
      request.push_range(one.front(), std::next(one.begin()), one.end());
  }
}

link::link(asio::io_context& context, address where)
    : context_(context), where_(std::move(where)), wake_(context), pause_(reconnect_wait) {}

template <class Predicate>
asio::awaitable<bool> link::until(clock::time_point end, Predicate holds) {
  while (!holds()) {
    if (clock::now() >= end) co_return false;
    wake_.expires_at(end);
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return true;
}

asio::awaitable<void> link::keep() {
  while (!closing_) {
    open();
    const auto why = co_await serve();
    co_await hang_up();
    if (closing_) break;
    // What follows a refused greeting is refused for that: NOAUTH is not the cause then.
    tell(server_standing::away, why.empty() || !greeting_refused_.empty() ? reason() : why);
    co_await until(clock::now() + pause_, [this] { return closing_; });
    const bool refused = !useless_.empty() || !greeting_refused_.empty();
    pause_ = refused ? std::min<clock::duration>(pause_ * 2, longest_wait) : reconnect_wait;
  }
  co_await until(clock::time_point::max(), [this] { return quitting_; });
}

void link::open() {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  if (where_.tls) tls.set_default_verify_paths();
  connection_ = std::make_unique<connection>(context_.get_executor(), std::move(tls), answer_limit);
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
  driver::config how;
  how.use_ssl = where_.tls;
  how.addr = {where_.host, where_.port};
  how.username = where_.user;
  how.password = where_.password;
  how.clientname = base::program_name();
  how.database_index.reset();  // see greeting()
  how.resolve_timeout = how.connect_timeout = how.ssl_handshake_timeout = connect_limit;
  how.health_check_interval = 0s;    // check() does it
  how.reconnect_wait_interval = 0s;  // keep() does it
  running_ = true;
  greeted_ = false;
  greeting_refused_.clear();
  greeting_room_ = largest_greeting;
  useless_.clear();
  refusals_.clear();
  connection_->async_run(how, greeting_listener{&greeting_refused_, &greeting_room_},
                         [this](boost::system::error_code why) { ended(why); });
}

void link::ended(boost::system::error_code why) {
  running_ = up_ = false;
  ended_ = why;
  resolver_hangs_ = why == driver::error::resolve_timeout;
  connection_->cancel(driver::operation::exec);  // those that were added to a connection that never was
  changed();
}

/// Returns why it has ended if it is known better than by the connection's own error.
asio::awaitable<std::string> link::serve() {
  // By a command whose answer we see: Boost.Redis would tell a wrong database and a wrong password by the same code.
  auto greeting = where_.database != 0 ? command{"SELECT", std::to_string(where_.database)} : beat();
  const bool selects = where_.database != 0;
  const auto greeted = co_await ask(std::move(greeting), greeting_limit);
  if (!greeted && greeted.error().code != errc::unavailable) {
    if (!closing_) silent_ = greeted.error().code == errc::timed_out || ended_ == driver::error::connect_timeout;
    co_return greeted.error().code == errc::canceled ? std::string() : greeted.error().detail;
  }
  if (!greeted && selects) co_return useless_ = greeted.error().detail;
  silent_ = false;
  const auto rehearsed = co_await rehearse();
  if (closing_ || !useless_.empty()) co_return useless_;
  if (!rehearsed) co_return rehearsed.error().detail;
  // A user that is refused may still get answers, as the default user.
  auto& socket = connection_->next_layer().lowest_layer();
  if (!socket.is_open()) co_return std::string();
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // not for a program that a handler starts
  up_ = greeted_ = true;
  tell_refusals();
  auto why = co_await check();
  if (!why.empty()) co_return why;
  co_await until(clock::time_point::max(), [this] { return quitting_ || !running_; });
  up_ = false;
  if (running_) {
    const auto goodbye = co_await ask(command(1, "QUIT"), clock::duration::max());
    said_goodbye_ = goodbye.has_value();
  }
  co_return std::string();
}

/// Until the connection ends, its server falls silent or is none for us, or nobody wants to know any more.
asio::awaitable<std::string> link::check() {
  for (int beats = 1;; ++beats) {
    if (on_beat) on_beat();
    const auto enough = [this] { return !running_ || closing_ || !useless_.empty(); };
    const bool over = co_await until(clock::now() + beat_interval, enough);
    if (over) co_return closing_ ? std::string() : useless_;
    const auto answered = co_await ask(beat(), beat_limit);  // an error is an answer too
    const bool silent = !answered && answered.error().code == errc::timed_out;
    const bool in_question = answered && (!refusals_.empty() || beats % rehearsal_beats == 0);
    const auto rehearsed = in_question ? co_await rehearse() : result<void>();
    if (closing_) co_return std::string();
    if (silent || !rehearsed) {
      silent_ = true;
      co_return "it does not answer";
    }
    if (answered) refusals_.settle(clock::now());
    if (running_ && useless_.empty()) tell_refusals();
  }
}

/// Everything that callers will ask. What is refused is noted as it is for a caller; the error is a server's silence.
asio::awaitable<result<void>> link::rehearse() {
  for (const auto& each : rehearsal) {
    if (!running_ || closing_ || !useless_.empty()) break;
    const auto answered = co_await ask(each.command, beat_limit, each.expected);
    if (!answered && answered.error().code == errc::timed_out) co_return answered.error();
  }
  co_return result<void>();
}

/// One command of our own. `canceled` if the connection ended first.
asio::awaitable<result<values>> link::ask(command single, clock::duration limit, std::string expected) {
  const bool gives_way = single.front() != "QUIT";  // nobody waits for its answer once the client closes
  auto what = std::make_shared<pipeline>(std::vector<command>(1, std::move(single)));
  what->expected = std::move(expected);
  auto outcome = std::make_shared<std::optional<result<values>>>();
  what->done = [this, outcome](result<values> answer) {
    *outcome = std::move(answer);
    changed();
  };
  submit(what);
  const auto end = limit == clock::duration::max() ? clock::time_point::max() : clock::now() + limit;
  const auto over = [this, outcome, gives_way] { return outcome->has_value() || (gives_way && closing_); };
  const bool answered = co_await until(end, over);
  if (!answered || !outcome->has_value()) co_return error{errc::timed_out, "it does not answer the greeting"};
  if (what->lost) co_return error{errc::canceled, ""};
  co_return std::move(**outcome);
}

asio::awaitable<void> link::hang_up() {
  up_ = false;
  while (running_) {
    connection_->cancel();
    // Once more, if that came between two steps of connecting, where Boost.Redis doesn't see it.
    co_await until(clock::now() + 20ms, [this] { return !running_; });
  }
  co_await until(clock::time_point::max(), [this] { return under_way_ == 0; });
  connection_.reset();
}

bool link::execute(const std::shared_ptr<pipeline>& what) {
  if (!up_) return false;
  submit(what);
  return true;
}

void link::submit(const std::shared_ptr<pipeline>& what) {
  ++under_way_;
  driver::any_adapter into(what->reply);
  connection_->async_exec(what->request, std::move(into), [this, what](boost::system::error_code fault, std::size_t) {
    if (--under_way_ == 0) changed();
    what->lost = bool(fault);
    if (fault) {
      what->done(error{errc::unavailable, "the connection was lost before the answer"});
    } else if (what->refused()) {
      what->done(error{errc::unavailable, refused(*what)});
    } else {
      what->done(std::move(what->reply.values));
    }
  });
}

/// Records what the server has refused, and returns why.
std::string link::refused(const pipeline& what) {
  const auto& name = what.names[std::min(what.reply.refused, what.names.size() - 1)];
  const auto refusal = read_error(what.reply.error);
  if (closing_) return refusal.reason;
  if (refusal.remedy == remedy::reconnect) {
    useless_ = refusal.reason;
    changed();
  } else {
    refusals_.add(name, refusal, clock::now());
    if (up_) tell_refusals();
  }
  return refusal.reason;
}

void link::stop_checking() {
  closing_ = true;
  changed();
}

void link::quit() {
  closing_ = quitting_ = true;
  changed();
}

std::string link::reason() const {
  // Boost.Redis closes the connection itself when its HELLO is refused, and reports no more than that.
  if (greeting_refused_.starts_with("ERR unknown command")) return "it does not know HELLO: it is older than Redis 6";
  if (!greeting_refused_.empty()) return read_error(greeting_refused_).reason;
  if (ended_ == driver::error::resolve_timeout || ended_.category() == asio::error::get_netdb_category()) {
    return "its name can't be resolved";
  }
  if (ended_ == answer_too_large) return "it answers with more than " + std::to_string(answer_limit >> 10) + " KiB";
  if (ended_ == driver::error::connect_timeout) return "it can't be reached";
  if (!ended_ || ended_ == asio::error::eof || ended_ == asio::error::operation_aborted) return "connection closed";
  return ended_.message();
}

void link::tell_refusals() {
  if (refusals_.empty()) {
    pause_ = reconnect_wait;
    return tell(server_standing::well, "");
  }
  tell(refusals_.waits() ? server_standing::refusing : server_standing::partial, refusals_.text());
}

/// First the state, then the line: whoever reads "connected" finds it so.
void link::tell(server_standing now, const std::string& detail) {
  if (told_ == now && told_detail_ == detail) return;
  const bool was_connected = told_ && *told_ != server_standing::away;
  told_ = now;
  told_detail_ = detail;
  if (on_state) on_state(now, detail);
  if (now == server_standing::away)
    log::warn("redis: away, trying again", {{"server", where_.text()}, {"error", detail}});
  else if (now != server_standing::well)
    log::warn("redis: connected, but it refuses", {{"server", where_.text()}, {"error", detail}});
  else
    log::info(was_connected ? "redis: refuses nothing any more" : "redis: connected", {{"server", where_.text()}});
}

}  // namespace sundown::redis
