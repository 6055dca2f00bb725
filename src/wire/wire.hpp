#pragma once

#include <sundown/testing/raw_client.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::testing {

/// Both of what a client's connection begins with, within one limit.
template <class Client>
connecting reach_and_greet(Client& client, const endpoint& where, milliseconds limit) {
  const deadline end(limit);
  const auto how = client.reach(where, limit);
  return how == connecting::connected ? client.greet(end.left()) : how;
}

/// Bytes to a server and back: the functions of raw_client and tls_client, for a client that goes over either.
class wire {
 public:
  wire() = default;
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  virtual ~wire() = default;

  /// TCP alone; then over TLS the handshake: `failed` if that fails.
  virtual connecting reach(const endpoint& where, milliseconds limit) = 0;
  virtual connecting greet(milliseconds limit) = 0;
  /// The first word of the handshake alone, if there is one: greet() goes on from there.
  virtual void begin_greeting() = 0;
  connecting connect(const endpoint& where, milliseconds limit) { return reach_and_greet(*this, where, limit); }
  virtual sending send(std::string_view bytes, milliseconds limit = ample) = 0;
  virtual ending read_some(std::size_t most, milliseconds limit) = 0;
  virtual reply read_response(milliseconds limit) = 0;
  virtual bool read_until(std::string_view text, milliseconds limit) = 0;
  virtual ending read_until_end(milliseconds limit) = 0;
  /// Sends no more; over TLS with close_notify.
  virtual void half_close() = 0;
  virtual std::string& received() = 0;
  /// The socket, for poll(2).
  virtual int handle() const = 0;
};

template <class Client>
class wire_over final : public wire {
 public:
  explicit wire_over(Client client) : client_(std::move(client)) {}

  connecting reach(const endpoint& where, milliseconds limit) override { return client_.connect(where, limit); }
  connecting greet([[maybe_unused]] milliseconds limit) override {
    if constexpr (requires { client_.handshake(limit); })
      if (!client_.handshake(limit)) return connecting::failed;
    return connecting::connected;
  }
  void begin_greeting() override {
    if constexpr (requires { client_.begin_handshake(); }) client_.begin_handshake();
  }
  sending send(std::string_view bytes, milliseconds limit) override { return client_.send(bytes, limit); }
  ending read_some(std::size_t most, milliseconds limit) override { return client_.read_some(most, limit); }
  reply read_response(milliseconds limit) override { return client_.read_response(limit); }
  bool read_until(std::string_view text, milliseconds limit) override { return client_.read_until(text, limit); }
  ending read_until_end(milliseconds limit) override { return client_.read_until_end(limit); }
  void half_close() override { client_.half_close(); }
  std::string& received() override { return client_.received(); }
  int handle() const override { return client_.handle(); }
  Client& client() { return client_; }

 private:
  Client client_;
};

}  // namespace sundown::testing
