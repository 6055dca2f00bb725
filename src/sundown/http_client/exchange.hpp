#pragma once

#include "http_client/answer_reader.hpp"
#include "http_client/pool.hpp"

#include <sundown/error.hpp>
#include <sundown/http_client.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sundown::http_client {

/// A request that is ready to be sent.
struct ready_request {
  ready_request(request given, location to, std::string its_head, trace::span its_span)
      : what(std::move(given)), where(std::move(to)), head(std::move(its_head)), span(std::move(its_span)) {}

  request what;
  location where;
  std::string head;
  trace::span span;  ///< of the call; empty where it has no parent
};

/// With its span begun, which the head names. Errors: malformed.
result<ready_request> make_ready(request what);

/// An answer whose head has been read, and the connection that it comes from.
class opened_answer {
 public:
  opened_answer(pool::lease line, bool to_head_request)
      : line_(std::make_unique<pool::lease>(std::move(line))),
        reader_(std::make_unique<answer_reader>(**line_, to_head_request)) {}

  answer_reader& reader() noexcept { return *reader_; }
  pool::lease& line() noexcept { return *line_; }
  /// All of it has been read: the connection may carry another request.
  void give_back(std::chrono::milliseconds most) { line_->keep(reader_->keepable(most)); }

 private:
  std::unique_ptr<pool::lease> line_;
  std::unique_ptr<answer_reader> reader_;
};

/// Sends a request, unless it is given up before, and reads the head of its answer, whose status its span gets; once
/// more on a new connection where that is safe, which is counted. Errors: unavailable, busy, timed_out, canceled; the
/// detail begins with the origin. Obeys cancellation.
asio::awaitable<result<opened_answer>> open_answer(pools& all, ready_request& ready, progress& of_call,
                                                   std::atomic<std::uint64_t>& retried);

/// The body of an answer, whole; larger than that it is cut there, if its request says so, and the connection is of no
/// more use. Errors: unavailable, where it ends too soon or is larger.
asio::awaitable<result<void>> read_body(opened_answer& from, const ready_request& ready, std::size_t most,
                                        answer& into);

}  // namespace sundown::http_client
