#include "storage/redis/connection.hpp"

#include "base/program_name.hpp"
#include "storage/redis/reader.hpp"
#include "storage/redis/refusal.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

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

asio::ssl::context make_tls(const address& where) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  if (where.tls) tls.set_default_verify_paths();
  return tls;
}

/// The certificate must be the host's; the host's name is sent (SNI, RFC 6066 §3), which an address is not.
template <class Stream>
void expect_certificate_of(const std::string& host, Stream& stream) {
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address)
    SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
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

connection::connection(asio::io_context& context, const address& where, listener events)
    : events_(std::move(events)),
      greeting_room_(largest_greeting),
      native_(context.get_executor(), make_tls(where), answer_limit) {
  if (where.tls) expect_certificate_of(where.host, native_.next_layer());
  native_.async_run(make_config(where), greeting_listener{&greeting_refused_, &greeting_room_},
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

std::string connection::reason() const {
  // Boost.Redis closes the connection itself when its HELLO is refused, and reports no more than that.
  if (greeting_refused_.starts_with("ERR unknown command")) return "it does not know HELLO: it is older than Redis 6";
  if (greeting_refused()) return read_error(greeting_refused_).reason;
  const auto why = end_.value_or(boost::system::error_code());
  if (resolver_hangs() || why.category() == asio::error::get_netdb_category()) return "its name can't be resolved";
  if (why == answer_too_large) return "it answers with more than " + std::to_string(answer_limit >> 10) + " KiB";
  if (out_of_reach()) return "it can't be reached";
  if (!why || why == asio::error::eof || why == asio::error::operation_aborted) return "connection closed";
  return why.message();
}

}  // namespace sundown::redis
