#pragma once

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/output.hpp"
#include "http/request_reader.hpp"
#include "http/responder.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http::detail {

/// What a connection needs only while a request is under way. An idle connection gives it back, which is what keeps it
/// under 2 kB.
struct workspace {
  explicit workspace(std::size_t header_limit) : reader(current, out, header_limit), responder(current, out, reader) {}
  workspace(const workspace&) = delete;
  workspace& operator=(const workspace&) = delete;

  exchange current;
  output out;
  request_reader reader;
  detail::responder responder;
  asio::cancellation_signal cancel;  ///< the hard token of the running handler
  queued_request in_queue;           ///< of the request under way, while it waits
};

/// The free workspaces of one worker.
class workspace_pool {
 public:
  explicit workspace_pool(std::size_t header_limit) : header_limit_(header_limit) { free_.reserve(keep); }

  std::unique_ptr<workspace> take(connection& client, const drain_state& drain) {
    auto work = take_free();
    work->current.client = &client;
    work->current.drain = &drain;
    work->current.shown = &client.status();
    work->reader.attach(client);
    work->responder.attach(client);
    return work;
  }

  /// Takes no memory: it is called by destructors.
  void give_back(std::unique_ptr<workspace> work) noexcept {
    if (free_.size() >= keep || work->out.bytes.capacity() > largest_kept) return;
    work->reader.clear();
    work->out.clear();
    work->current.end();
    free_.push_back(std::move(work));
  }

 private:
  static constexpr std::size_t keep = 256;
  static constexpr std::size_t largest_kept = 256 << 10;

  std::unique_ptr<workspace> take_free() {
    if (free_.empty()) return std::make_unique<workspace>(header_limit_);
    auto work = std::move(free_.back());
    free_.pop_back();
    return work;
  }

  std::size_t header_limit_;
  std::vector<std::unique_ptr<workspace>> free_;
};

}  // namespace sundown::http::detail
