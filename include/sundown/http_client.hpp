#pragma once

#include <sundown/call_context.hpp>
#include <sundown/detail/call_gate.hpp>
#include <sundown/detail/pending_answer.hpp>
#include <sundown/error.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http_client/settings.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/parent.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sundown {
class service;
}

/// The component sundown::http_client: calls to other services.
///
///     auto& shops = sundown::http_client::open(app, given.shops);   // a part of the service
///     ...
///     const auto prices = co_await shops.get("https://shop.example/prices");
///     if (!prices) co_return http::problem(prices.error());
///     if (prices->status != 200) ...
namespace sundown::http_client {

namespace asio = boost::asio;

/// A request to another service.
///
/// The URL is http:// or https://, with a host, and without a user. Host, Content-Length and Connection are the
/// client's own; a field that frames the message is refused, and so is what RFC 9110 §5 doesn't allow.
struct request {
  request(http::verb its_method, std::string its_url) : method(its_method), url(std::move(its_url)) {}
  request(http::verb its_method, std::string its_url, std::string type, std::string text)
      : method(its_method), url(std::move(its_url)), body(std::move(text)) {
    headers.emplace_back("Content-Type", std::move(type));
  }

  /// Adds a field.
  request with(std::string name, std::string value) &&;
  /// It waits no longer than that; 0: as the client's settings say.
  request within(std::chrono::milliseconds limit) &&;
  /// It is a part of the answer to that request: it ends by its deadline(), and is a part of its trace (`traceparent`
  /// and `tracestate`, W3C Trace Context). While tracing is off these two are passed on, where they are well formed:
  /// lines of `tracestate` as one list, no more than one `traceparent`.
  request on_behalf_of(const http::request& asked) &&;
  /// The same for what is no request, such as a background task with a span of its own.
  request on_behalf_of(call_context asked) &&;

  const std::string& sent_body() const noexcept { return shared_body ? *shared_body : body; }

  http::verb method;
  std::string url;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< in place of body, of a request that may have to be sent again
  bool resent_anyway = false;  ///< by its caller, whatever has become of it: its errors say nothing of that
  bool cut_if_large = false;   ///< an answer over settings.answer_limit is no error: its body is cut there
  http::fields headers;
  std::chrono::milliseconds timeout{0};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// The call has a span below it, which the two fields name, unless they are set already.
  trace::parent parent;
};

/// What the other side has answered, whatever the status: a 404 or 500 is an answer, no error.
struct answer {
  answer() = default;

  /// The first field of that name; empty if there is none.
  std::string_view header(std::string_view name) const noexcept;

  unsigned status = 0;
  http::fields headers;
  std::string body;
  bool cut = false;  ///< the body goes on, and was not read to its end (request::cut_if_large)
};

/// For whoever counts them.
struct ended_call {
  ended_call(std::string to, result<void> what_came, std::chrono::nanoseconds time, trace::context span)
      : origin(std::move(to)), outcome(std::move(what_came)), took(time), where(std::move(span)) {}

  std::string origin;  ///< "https://shop.example"
  result<void> outcome;
  std::chrono::nanoseconds took;
  trace::context where;  ///< of its span; empty: it has none
};

class stream;

/// Calls to other services over HTTP/1.1, in the clear or by TLS with the system's authorities.
///
/// Connections are kept per origin, on a thread of the client's own, and used again until they have been idle for
/// settings.idle_timeout. All addresses of a name are tried, the next one 250 ms after the one before or when that has
/// failed (RFC 8305 in its simple form). Redirects are not followed, cookies not kept, bodies not decompressed.
///
/// Tried again, once and at once, on a new connection: an idempotent request (RFC 9110 §9.2.2) whose kept connection
/// broke before a byte of the answer came. A POST or PATCH never is: its error's detail says that the outcome is
/// unknown, or that nothing was sent.
///
/// Errors: malformed (the URL or a field: nothing was sent), unavailable (the name, the connection, TLS, an answer that
/// is none, is cut or too large; detail says which, and what to do), timed_out, busy (the queue is full), canceled
/// (closed, or the caller was cancelled: its connection is closed, so that the server sees it).
/// Order: close() awaits the calls under way; as a part of a service the client is closed after the sessions and the
/// background tasks, which are those that call. Thread safety: any thread; a call completes on its caller's executor.
/// Lifetime: must be closed or abandoned before the contexts of its callers end.
class client {
 public:
  /// Throws startup_error where settings.ca can't be read.
  explicit client(settings how = {});
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  task<result<answer>> send(request what);
  task<result<answer>> get(std::string url);
  task<result<answer>> post(std::string url, std::string type, std::string body);
  /// For callers that are no task, such as background tasks: completes with result<answer>.
  template <class Token>
  auto async_send(request what, Token&& token) {
    return asio::async_initiate<Token, void(result<answer>)>(
        [this](auto handler, request given) {
          begin(std::move(given), detail::pending_answer<answer>::make(std::move(handler), executor()));
        },
        token, std::move(what));
  }
  /// The same for an answer that is read piece by piece: it completes with the head.
  task<result<stream>> open(request what);

  /// Refuses new calls, awaits those under way, closes the kept connections, ends the thread. Throws operation_aborted
  /// if it is cancelled before that.
  asio::awaitable<void> close();
  /// "2 calls: GET https://shop.example/prices, ...", or "".
  std::string waiting_for() const;
  /// Ends the thread, if close() has not: who still waits is answered `canceled`.
  void abandon();

  /// Called on the client's thread when a call has ended. Must not block. Before the first call.
  void on_end(std::function<void(const ended_call&)> call);
  /// Open connections, of all origins, and how many of them wait for the next call. Any thread.
  std::size_t connections() const noexcept;
  std::size_t idle_connections() const noexcept;
  /// Requests that were sent a second time.
  std::uint64_t retried() const noexcept;

 private:
  friend class stream;
  struct core;

  asio::any_io_executor executor();
  void begin(request what, std::shared_ptr<detail::pending_answer<answer>> caller);

  detail::call_gate gate_;
  std::shared_ptr<core> core_;  // after the gate: what is under way in it holds passes
};

/// An answer whose body is read piece by piece. Its end, or its destruction, gives the connection back or closes it.
/// The request's time limit holds for the head, and anew for each piece.
/// Thread safety: one caller at a time. Lifetime: the client must outlive it.
class stream {
 public:
  stream() noexcept;  ///< of no answer: a place for one
  stream(stream&&) noexcept;
  stream& operator=(stream&&) noexcept;
  ~stream();

  unsigned status() const noexcept;
  const http::fields& headers() const noexcept;
  /// The next piece, of 64 KiB at most; "" at the end. What is not read stops the server (TCP's own backpressure).
  task<result<std::string>> read();

 private:
  friend class client;
  struct state;
  explicit stream(std::shared_ptr<state> from) noexcept;
  std::shared_ptr<state> state_;
};

/// Makes a client a part of the service: closed by the stop after the parts that are added later, its figures in
/// /metrics under `name`.
client& open(service& app, const settings& how, const std::string& name = "http_client");

}  // namespace sundown::http_client

namespace sundown::http {
using client = http_client::client;
}
