#pragma once

#include "support/testing.hpp"
#include "tls/serving_tls.hpp"
#include "wire/frame_client.hpp"

#include <sundown/http2.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

/// One request over HTTP/1.1 and HTTP/2, in the clear and by TLS: for what must hold over all of them.
namespace sundown::test {

struct protocol {
  const char* name;
  bool encrypted, http2;
};
inline void PrintTo(const protocol& shown, std::ostream* out) { *out << shown.name; }

/// What a client was told.
struct outcome {
  int status = 0;
  std::string body, type, retry_after;
  bool whole = false;
};

/// One request, which may miss the end of its body.
class asking {
 public:
  virtual ~asking() = default;
  virtual bool saw(std::string_view text) = 0;
  virtual outcome answer() = 0;
  /// Resets the connection, or the stream of HTTP/2.
  virtual void reset() = 0;
};

template <class Client>
class asking_http1 final : public asking {
 public:
  asking_http1(Client client, const std::string& method, const std::string& target, const std::string& fields,
               std::string_view body, bool whole)
      : client_(std::move(client)) {
    const auto size = body.size() + (whole ? 0 : 1);
    client_.send(method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n" + fields +
                 (size ? "Content-Length: " + std::to_string(size) + "\r\n" : "") + "\r\n" + std::string(body));
  }
  bool saw(std::string_view text) override { return client_.read_until(text); }
  outcome answer() override {
    const auto got = client_.read_response();
    return {got.status, got.body, got.field("content-type").value_or(""), got.field("retry-after").value_or(""),
            got.whole()};
  }
  void reset() override {
    if constexpr (requires { client_.socket(); }) {
      client_.socket().reset();
    } else {
      client_.reset();
    }
  }

 private:
  Client client_;
};

class asking_http2 final : public asking {
 public:
  asking_http2(frame_client client, const std::string& method, const std::string& target, const field_list& fields,
               std::string_view body, bool whole)
      : client_(std::move(client)), stream_(client_.request(method, target, fields, body.empty() && whole)) {
    if (!body.empty() || !whole) client_.data(stream_, body, whole);
  }
  bool saw(std::string_view text) override {
    return client_.read_until([&] { return client_.on(stream_).body.find(text) != std::string::npos; });
  }
  outcome answer() override {
    auto& got = client_.answer(stream_);
    return {got.status, got.body, got.field("content-type"), got.field("retry-after"), got.whole() && !got.reset};
  }
  void reset() override { client_.reset(stream_); }

 private:
  frame_client client_;
  std::uint32_t stream_;
};

inline constexpr std::array<protocol, 4> every_protocol{protocol{"Http1", false, false}, protocol{"Http2", false, true},
                                                        protocol{"Http1OverTls", true, false},
                                                        protocol{"Http2OverTls", true, true}};
inline std::string name_of_protocol(const testing::TestParamInfo<protocol>& each) { return each.param.name; }

/// Begins it on a connection of its own. `wish`: what it says as Request-Timeout.
inline std::unique_ptr<asking> ask(serving_tls& app, const protocol& by, const std::string& method,
                                   const std::string& target, std::string_view body = {}, bool whole = true,
                                   const std::string& wish = {}) {
  if (!by.http2) {
    const auto fields = wish.empty() ? "" : "Request-Timeout: " + wish + "\r\n";
    if (!by.encrypted)
      return std::make_unique<asking_http1<raw_client>>(app.app().connect(), method, target, fields, body, whole);
    return std::make_unique<asking_http1<tls_client>>(app.connect(), method, target, fields, body, whole);
  }
  field_list fields;
  if (!wish.empty()) fields.emplace_back("request-timeout", wish);
  if (!by.encrypted)
    return std::make_unique<asking_http2>(frame_client(app.app().where()), method, target, fields, body, whole);
  tls_client_options how;
  how.protocols = "\x02h2";
  return std::make_unique<asking_http2>(frame_client(std::make_unique<wire_over<tls_client>>(app.connect(how))), method,
                                        target, fields, body, whole);
}

}  // namespace sundown::test
