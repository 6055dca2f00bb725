#include "drain_kit/protocol.hpp"

#include "drain_kit/http1_conversation.hpp"
#ifdef DRAIN_KIT_HTTP2
#include "drain_kit/http2_conversation.hpp"
#endif
#ifdef DRAIN_KIT_TLS
#include "wire/tls_client.hpp"
#endif

#include <stdexcept>

namespace sundown::testing::drain_kit {
namespace {

/// A client that can't do what was not built in; the command line was refused before.
[[maybe_unused, noreturn]] void not_built(const char* what) {
  throw std::logic_error(std::string("built without ") + what);
}

template <class Client>
std::unique_ptr<wire> wired(Client client, int receive_buffer) {
  client.set_receive_buffer(receive_buffer);
  return std::make_unique<wire_over<Client>>(std::move(client));
}

std::unique_ptr<wire> wire_by(const std::shared_ptr<ssl_ctx_st>& context, int receive_buffer) {
  if (!context) return wired(raw_client(), receive_buffer);
#ifdef DRAIN_KIT_TLS
  return wired(tls_client(context), receive_buffer);
#else
  not_built("TLS");
#endif
}

#ifdef DRAIN_KIT_TLS
std::shared_ptr<ssl_ctx_st> context_of(bool http2, const std::string& authorities) {
  tls_client_options how;
  how.protocols = http2 ? "\x02h2" : "\x08http/1.1";
  how.authorities = authorities;
  return tls_context(how);
}
#endif

}  // namespace

#ifdef DRAIN_KIT_HTTP2
bool protocol::has_http2() { return true; }
#else
bool protocol::has_http2() { return false; }
#endif

#ifdef DRAIN_KIT_TLS
bool protocol::has_tls() { return true; }
protocol::protocol(bool http2, const std::string& authorities)
    : http2_(http2), context_(context_of(http2, authorities)) {}
#else
bool protocol::has_tls() { return false; }
protocol::protocol(bool, const std::string&) { not_built("TLS"); }
#endif

std::string protocol::name() const {
  return std::string(http2_ ? "HTTP/2" : "HTTP/1.1") + (tls() ? " over TLS" : " in the clear");
}

std::unique_ptr<conversation> protocol::begin(int receive_buffer) const {
  auto over = wire_by(context_, receive_buffer);
  if (!http2_) return std::make_unique<http1_conversation>(std::move(over));
#ifdef DRAIN_KIT_HTTP2
  return std::make_unique<http2_conversation>(std::move(over), tls() ? "https" : "http", receive_buffer > 0);
#else
  not_built("HTTP/2");
#endif
}

}  // namespace sundown::testing::drain_kit
