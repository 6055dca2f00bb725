#include "tls/question.hpp"

#include "tls/openssl.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>

#include <fcntl.h>
#include <poll.h>

namespace sundown::tls {

namespace {

using clock = std::chrono::steady_clock;

struct ssl_free {
  void operator()(SSL* each) const noexcept { SSL_free(each); }
};

constexpr std::size_t largest_answer = 64 << 10;

/// One connection as a client, on a socket that doesn't block.
class question {
 public:
  question(int socket, const tls_config& listener, milliseconds limit)
      : context_(SSL_CTX_new(TLS_client_method())), end_(clock::now() + limit), socket_(socket) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    if (listener.client_auth != "off") show_own(listener);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket);
  }

  result<std::string> ask(std::string_view request) {
    std::string answer;
    if (!repeat([&] { return SSL_connect(ssl_.get()); })) return fault("the handshake failed");
    const int size = static_cast<int>(request.size());
    if (!repeat([&] { return SSL_write(ssl_.get(), request.data(), size); })) return fault("it is gone");
    std::array<char, 4096> piece{};
    int got = 0;
    while (answer.size() < largest_answer &&
           repeat([&] { return got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size())); })) {
      answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_ZERO_RETURN && answer.empty()) return fault("it is gone");
    return answer;
  }

 private:
  /// A key that is encrypted, or files that can't be read: the server says what it thinks of nothing.
  void show_own(const tls_config& listener) {
    const auto password = [](char* buffer, int size, int, void* text) {
      const auto& given = *static_cast<const std::string*>(text);
      const auto count = std::min(given.size(), static_cast<std::size_t>(size));
      std::copy_n(given.data(), count, buffer);
      return static_cast<int>(count);
    };
    auto given = listener.key_password;
    SSL_CTX_set_default_passwd_cb_userdata(context_.get(), &given);
    SSL_CTX_set_default_passwd_cb(context_.get(), password);
    SSL_CTX_use_certificate_chain_file(context_.get(), listener.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), listener.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(context_.get(), nullptr);
  }

  /// Until the call is done; false if it fails, or the time is over.
  template <class Call>
  bool repeat(Call call) {
    for (;;) {
      ERR_clear_error();
      const int returned = call();
      if (returned > 0) return true;
      const int needs = SSL_get_error(ssl_.get(), returned);
      if (needs != SSL_ERROR_WANT_READ && needs != SSL_ERROR_WANT_WRITE) return false;
      const auto left = std::chrono::ceil<milliseconds>(end_ - clock::now()).count();
      if (left <= 0) {
        late_ = true;
        return false;
      }
      pollfd source{socket_, static_cast<short>(needs == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
      ::poll(&source, 1, static_cast<int>(left));
    }
  }

  error fault(const char* otherwise) const {
    if (late_) return {errc::timed_out, "no answer in time"};
    auto why = take_openssl_error();
    return {errc::unavailable, why.empty() ? otherwise : std::move(why)};
  }

  openssl_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, ssl_free> ssl_;
  const clock::time_point end_;
  const int socket_;
  bool late_ = false;
};

}  // namespace

result<std::string> ask(int socket, std::string_view request, const tls_config& listener, milliseconds limit) {
  return question(socket, listener, limit).ask(request);
}

}  // namespace sundown::tls
