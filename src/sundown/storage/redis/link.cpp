#include "storage/redis/link.hpp"
#include "storage/redis/single_command.hpp"

#include "base/program_name.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sundown::redis {

using namespace std::chrono_literals;

namespace {

constexpr auto greeting_limit = 3s;    // for connecting and the first answer
constexpr auto beat_interval = 500ms;  // between an answer to a beat and the next beat
constexpr auto beat_limit = 1s;        // a server that does not answer for so long is frozen, or the way to it is cut
constexpr int rehearsal_beats = 20;    // between two rehearsals while nothing is known to be refused
constexpr auto cancel_again = 20ms;
constexpr auto awake_step = 100ms;
constexpr auto never = std::chrono::steady_clock::time_point::max();
constexpr auto unlimited = std::chrono::steady_clock::duration::max();

/// A write that changes nothing, since the key is never there: no replica and no file hears of it, but the server
/// refuses it where it refuses writes, and those that take memory.
command beat() { return {"SET", std::string(base::program_name()) + ":probe", "", "XX"}; }

}  // namespace

link::link(asio::io_context& context, address where)
    : context_(context), where_(std::move(where)), wake_(context), report_(where_.text()) {}

template <class Predicate>
asio::awaitable<bool> link::until(clock::time_point end, Predicate holds) {
  while (!holds()) {
    if (clock::now() >= end) co_return false;
    wake_.expires_at(end);
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return true;
}

/// As until(), for as long as this thread runs: it may have stood still (a stopped process, a machine that has too much
/// to do), and what it waits for lie unread in the socket then.
template <class Predicate>
asio::awaitable<bool> link::within(clock::duration limit, Predicate holds) {
  bool held = holds();
  for (; !held && limit > clock::duration(0); limit -= awake_step) {
    const auto end = clock::now() + std::min<clock::duration>(limit, awake_step);
    held = co_await until(end, holds);
  }
  co_return held;
}

void link::enter(link_state next) {
  if (!may_follow(state_, next)) throw std::logic_error("redis: a step of the connection that there is none of");
  state_ = next;
}

asio::awaitable<void> link::keep() {
  while (!is_closing()) {
    open();
    auto ended = co_await serve();
    const auto why = co_await hang_up(std::move(ended));
    if (is_closing()) break;
    enter(link_state::away);
    report_.tell(server_standing::away, why);
    co_await until(clock::now() + backoff_.pause(), [this] { return is_closing(); });
    if (useless_.empty())
      backoff_.reset();
    else
      backoff_.grow();
  }
  enter(link_state::closed);
  co_await until(never, [this] { return closing_ == closing::quit; });
}

void link::open() {
  enter(link_state::greeting);
  useless_.clear();
  refusals_.clear();
  connection_ = std::make_unique<connection>(
      context_, where_,
      connection::listener{[this] { changed(); }, [this] { connection_ended(); }, [this] { changed(); },
                           [this](pipeline& exchange, boost::system::error_code fault) { answered(exchange, fault); }});
}

void link::connection_ended() {
  resolver_hangs_ = connection_->resolver_hangs();
  if (state_ != link_state::leaving) enter(link_state::leaving);
  changed();
}

/// Returns why it has ended if it is known better than by the connection's own error.
asio::awaitable<std::string> link::serve() {
  auto why = co_await greet();
  if (state_ == link_state::serving) why = co_await check();
  if (state_ != link_state::serving || !why.empty()) co_return why;
  co_await until(never, [this] { return closing_ == closing::quit || connection_->ended(); });
  co_await say_goodbye();
  co_return std::string();
}

/// By a command whose answer we see: Boost.Redis would tell a wrong database and a wrong password by the same code.
asio::awaitable<std::string> link::greet() {
  // Nothing is sent before HELLO is answered: the server would answer a user that it refuses as its default one, by
  // another version of the protocol.
  const auto over = [this] { return connection_->greeted() || connection_->ended() || is_closing(); };
  const bool in_time = co_await within(greeting_limit, over);
  if (is_closing()) co_return std::string();
  if (!in_time || connection_->ended() || connection_->useless()) {
    heard_ = !in_time || connection_->out_of_reach() ? last_word::none : last_word::answer;
    if (!in_time) co_return "it does not answer the greeting";
    co_return connection_->useless() ? connection_->reason() : std::string();
  }
  const bool selects = where_.database != 0;
  auto greeting = selects ? command{"SELECT", std::to_string(where_.database)} : beat();
  const auto greeted = co_await ask(std::move(greeting), greeting_limit);
  if (!greeted && greeted.error().code != errc::unavailable) {
    const bool silent = greeted.error().code == errc::timed_out || connection_->out_of_reach();
    if (!is_closing()) heard_ = silent ? last_word::none : last_word::answer;
    co_return greeted.error().code == errc::canceled ? std::string() : greeted.error().detail;
  }
  if (!greeted && selects) co_return useless_ = greeted.error().detail;
  heard_ = last_word::answer;
  const auto rehearsed = co_await rehearse();
  if (is_closing() || !useless_.empty()) co_return useless_;
  if (!rehearsed) co_return rehearsed.error().detail;
  // A user that is refused may still get answers, as the default user, until the connection is closed for it.
  if (state_ != link_state::greeting || !connection_->close_on_exec()) co_return std::string();
  enter(link_state::serving);
  tell_refusals();
  co_return std::string();
}

/// Until the connection ends, its server falls silent or is none for us, or nobody wants to know any more.
asio::awaitable<std::string> link::check() {
  for (int beats = 1;; ++beats) {
    if (on_beat) on_beat();
    const auto enough = [this] { return connection_->ended() || is_closing() || !useless_.empty(); };
    const bool over = co_await until(clock::now() + beat_interval, enough);
    if (over) co_return is_closing() ? std::string() : useless_;
    const auto answered = co_await ask(beat(), beat_limit);  // an error is an answer too
    const bool silent = !answered && answered.error().code == errc::timed_out;
    const bool in_question = answered && (!refusals_.empty() || beats % rehearsal_beats == 0);
    const auto rehearsed = in_question ? co_await rehearse() : result<void>();
    if (is_closing()) co_return std::string();
    if (silent || !rehearsed) {
      heard_ = last_word::none;
      co_return "it does not answer";
    }
    if (answered) refusals_.settle(clock::now());
    if (!connection_->ended() && useless_.empty()) tell_refusals();
  }
}

asio::awaitable<void> link::say_goodbye() {
  if (connection_->ended()) co_return;
  enter(link_state::quitting);
  const auto goodbye = co_await ask(command(1, "QUIT"), unlimited);
  if (goodbye) heard_ = last_word::goodbye;
}

/// Everything that callers will ask. What is refused is noted as it is for a caller; the error is a server's silence.
asio::awaitable<result<void>> link::rehearse() {
  for (const auto& each : rehearsal) {
    if (connection_->ended() || is_closing() || !useless_.empty()) break;
    const auto answered = co_await ask(each.command, beat_limit, each.expected);
    if (!answered && answered.error().code == errc::timed_out) co_return answered.error();
  }
  co_return result<void>();
}

/// One command of our own. `canceled` if the connection ended first.
asio::awaitable<result<values>> link::ask(command single, clock::duration limit, std::string expected) {
  const bool gives_way = single.front() != "QUIT";  // nobody waits for its answer once the client closes
  auto exchange = std::make_shared<pipeline>(pipeline_with(std::move(single)));
  exchange->expected = std::move(expected);
  auto outcome = std::make_shared<std::optional<result<values>>>();
  exchange->done = [this, outcome](result<values> answer) {
    *outcome = std::move(answer);
    changed();
  };
  connection_->execute(exchange);
  const auto over = [this, outcome, gives_way] { return outcome->has_value() || (gives_way && is_closing()); };
  bool answered = false;
  if (limit == unlimited)
    answered = co_await until(never, over);
  else
    answered = co_await within(limit, over);
  if (!answered || !outcome->has_value()) co_return error{errc::timed_out, "it does not answer the greeting"};
  if (exchange->lost) co_return error{errc::canceled, ""};
  co_return std::move(**outcome);
}

/// Throws the connection away, and returns why it has ended.
asio::awaitable<std::string> link::hang_up(std::string why) {
  if (state_ != link_state::leaving) enter(link_state::leaving);
  while (!connection_->ended()) {
    connection_->cancel();
    co_await until(clock::now() + cancel_again, [this] { return connection_->ended(); });
  }
  co_await until(never, [this] { return connection_->idle(); });
  // What follows a refused greeting is refused for that: NOAUTH is not the cause then.
  if (why.empty() || connection_->useless()) why = connection_->reason();
  if (connection_->useless()) useless_ = why;
  connection_.reset();
  co_return why;
}

bool link::execute(const std::shared_ptr<pipeline>& exchange) {
  if (state_ != link_state::serving) return false;
  connection_->execute(exchange);
  return true;
}

void link::answered(pipeline& exchange, boost::system::error_code fault) {
  exchange.lost = bool(fault);
  if (fault) {
    exchange.done(error{errc::unavailable, "the connection was lost before the answer"});
  } else if (exchange.refused()) {
    exchange.done(error{errc::unavailable, refused(exchange)});
  } else {
    exchange.done(std::move(exchange.reply.values));
  }
}

/// Records what the server has refused, and returns why.
std::string link::refused(const pipeline& exchange) {
  const auto refusal = read_error(exchange.reply.error);
  if (is_closing()) return refusal.reason;
  if (refusal.remedy == remedy::reconnect) {
    useless_ = refusal.reason;
    changed();
  } else {
    refusals_.add(exchange.refused_name(), refusal, clock::now());
    if (state_ == link_state::serving) tell_refusals();
  }
  return refusal.reason;
}

void link::stop_checking() {
  if (!is_closing()) closing_ = closing::quiet;
  changed();
}

void link::quit() {
  closing_ = closing::quit;
  changed();
}

void link::tell_refusals() {
  if (refusals_.empty()) {
    backoff_.reset();
    return report_.tell(server_standing::well, "");
  }
  report_.tell(refusals_.waits() ? server_standing::refusing : server_standing::partial, refusals_.text());
}

}  // namespace sundown::redis
