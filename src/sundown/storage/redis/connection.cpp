#include "storage/redis/connection.hpp"

#include "base/program_name.hpp"
#include "base/tls_peer.hpp"
#include "storage/redis/reader.hpp"
#include "storage/redis/refusal.hpp"
#include "storage/redis/tls.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace sundown::redis {

using namespace std::chrono_literals;
namespace driver = boost::redis;

namespace {

constexpr auto connect_limit = 1s;                  // for each of: resolving, connecting, the TLS handshake
constexpr std::size_t largest_greeting = 16 << 10;  // the answer to HELLO, which is smaller than 1 KiB
constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

constexpr base::handshake_advice advice{"a private one is named by the key ca beside the URL",
                                        "the URL begins with redis://",
                                        "which the keys certificate and key beside the URL name"};

/// A name that a Sentinel's answer to HELLO has, and no other server's.
bool is_of_a_sentinel(const driver::generic_response& answer) {
  const auto& nodes = answer.value();
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
    if (nodes[i].value == "mode") return nodes[i + 1].value == "sentinel";
  return false;
}

/// The context, or one that is never used and the fault.
asio::ssl::context tls_context(const address& where, std::string& fault) {
  if (where.tls) {
    auto made = make_tls_context(where.files);
    if (made) return std::move(*made);
    fault = made.error().detail;
  }
  return asio::ssl::context(asio::ssl::context::tls_client);
}

driver::config make_config(const address& where) {
  driver::config how;
  how.use_ssl = where.tls;
  how.addr = {where.host, where.port};
  how.username = where.user;
  how.password = where.password;
  how.clientname = base::program_name();
  how.database_index.reset();  // link selects it, and sees the answer
  how.resolve_timeout = how.connect_timeout = how.ssl_handshake_timeout = connect_limit;
  how.health_check_interval = 0s;    // link does it
  how.reconnect_wait_interval = 0s;  // link does it
  return how;
}

}  // namespace

/// Records the outcome, and limits what the server may answer.
struct greeting_listener {
  greeting_outcome* outcome;
  const std::function<void()>* greeted;

  void on_hello(const boost::system::error_code& lost, const driver::generic_response& answer) {
    if (lost) return;
    outcome->room = no_limit;
    outcome->answered = true;
    if (!answer.has_value())
      outcome->refused = answer.error().diagnostic;
    else
      outcome->by_a_sentinel = is_of_a_sentinel(answer);
    (*greeted)();
  }
  void on_ssl_handshake(const boost::system::error_code& end) { outcome->handshake = end; }
  template <class... Ignored>
  void on_resolve(const Ignored&...) {}
  template <class... Ignored>
  void on_connect(const Ignored&...) {}
  template <class... Ignored>
  void on_write(const Ignored&...) {}
  /// Takes the error by reference, so that it ends the connection.
  void on_read(boost::system::error_code& fault, std::size_t bytes) {
    if (bytes > outcome->room) fault = answer_too_large;
    if (outcome->room != no_limit) outcome->room -= std::min(outcome->room, bytes);
  }
  template <class... Ignored>
  void trace(const Ignored&...) {}
  void set_prefix(std::string_view) {}
};

connection::connection(asio::io_context& context, const address& where, listener events)
    : events_(std::move(events)),
      tls_(where.tls),
      greeting_(largest_greeting),
      native_(context.get_executor(), tls_context(where, files_fault_), answer_limit) {
  if (!files_fault_.empty()) {
    asio::post(context, [this] { end(asio::error::operation_aborted); });
    return;
  }
  if (where.tls) base::expect_certificate_of(where.host, native_.next_layer().native_handle());
  native_.async_run(make_config(where), greeting_listener{&greeting_, &events_.greeted},
                    [this](boost::system::error_code why) { end(why); });
}

void connection::end(boost::system::error_code why) {
  end_ = why;
  native_.cancel(driver::operation::exec);  // exchanges that were added to a connection that never was
  events_.ended();
}

void connection::execute(const std::shared_ptr<pipeline>& exchange) {
  ++under_way_;
  native_.async_exec(exchange->request, exchange->adapter(),
                     [this, exchange](boost::system::error_code fault, std::size_t) {
                       if (--under_way_ == 0) events_.idle();
                       events_.answered(*exchange, fault);
                     });
}

bool connection::close_on_exec() {
  auto& socket = native_.next_layer().lowest_layer();
  return socket.is_open() && ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC) == 0;
}

bool connection::out_of_reach() const noexcept { return end_ && *end_ == driver::error::connect_timeout; }

bool connection::resolver_hangs() const noexcept { return end_ && *end_ == driver::error::resolve_timeout; }

bool connection::useless() const noexcept {
  return !greeting_.refused.empty() || greeting_.by_a_sentinel || handshake_failed() || !files_fault_.empty();
}

std::string connection::reason() const {
  if (!files_fault_.empty()) return files_fault_;
  if (greeting_.by_a_sentinel)
    return "it is a Sentinel, which keeps no data: the URL must lead to the primary, by a name or a proxy that follows "
           "it";
  // Boost.Redis closes the connection itself when its HELLO is refused, and reports no more than that.
  if (greeting_.refused.starts_with("ERR unknown command")) return "it does not know HELLO: it is older than Redis 6";
  if (!greeting_.refused.empty()) return read_error(greeting_.refused).reason;
  const auto why = end_.value_or(boost::system::error_code());
  if (resolver_hangs() || why.category() == asio::error::get_netdb_category()) return "its name can't be resolved";
  if (why == answer_too_large) return "it answers with more than " + std::to_string(answer_limit >> 10) + " KiB";
  if (out_of_reach()) return "it can't be reached";
  if (handshake_failed() || why.category() == asio::error::get_ssl_category()) return tls_fault(why);
  // Boost.Redis may report its own giving up in the place of the end of the connection.
  const bool closed = !why || why == asio::error::eof || why == asio::error::connection_reset ||
                      why == asio::error::operation_aborted || why == asio::ssl::error::stream_truncated;
  if (closed && !tls_ && !greeting_.answered)
    return "it closed the connection before any answer: if it speaks TLS there, the URL begins with rediss://";
  if (closed) return "connection closed";
  return why.message();
}

std::string connection::tls_fault(boost::system::error_code why) const {
  const auto cause = handshake_failed() ? *greeting_.handshake : why;
  if (cause == asio::error::operation_aborted)
    return "the TLS handshake did not come to an end within " +
           std::to_string(std::chrono::milliseconds(connect_limit).count()) +
           " ms: if it speaks no TLS there, the URL begins with redis://";
  auto& stream = const_cast<native&>(native_).next_layer();  // of which no other handle is to be had
  return base::handshake_fault(cause, stream.native_handle(), advice);
}

}  // namespace sundown::redis
