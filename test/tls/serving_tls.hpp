#pragma once

#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "support/testing.hpp"
#include "tls/context_of.hpp"
#include "tls/store.hpp"
#include "wire/tls_client.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

/// A server in this process with a listener of TLS beside the one in the clear.
class serving_tls {
 public:
  template <class Add>
  explicit serving_tls(Add add, setting how = {}, const tls_config& given = {}, const std::string& authorities = {})
      : store_(std::make_shared<tls::store>("http.tls")) {
    tls::protocols offered{"http/1.1"};
    if (how.http2) offered.insert(offered.begin(), "h2");
    store_->replace(context_of(own_, given, authorities, offered));
    how.tls = store_;
    app_.emplace(std::move(add), how);
  }

  serving& app() { return *app_; }
  tls::store& store() { return *store_; }
  endpoint where() { return {"127.0.0.1", app_->server().tls_endpoint()->port()}; }

  tls_client connect(const tls_client_options& how = {}, int receive_buffer = 0) {
    tls_client client(how);
    client.set_receive_buffer(receive_buffer);
    if (client.connect(where()) != connecting::connected) throw std::runtime_error("connect");
    if (!client.handshake()) throw std::runtime_error("handshake");
    return client;
  }
  tls_client send(std::string_view bytes) {
    auto client = connect();
    client.send(bytes);
    return client;
  }
  reply ask(std::string_view request) {
    auto client = send(request);
    return client.read_response(ample, request.starts_with("HEAD "));
  }
  /// TCP alone.
  raw_client begin() {
    raw_client client;
    if (client.connect(where()) != connecting::connected) throw std::runtime_error("connect");
    return client;
  }

 private:
  const certificate own_;
  const std::shared_ptr<tls::store> store_;
  std::optional<serving> app_;
};

}  // namespace sundown::test
