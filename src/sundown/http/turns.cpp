#include "http/turns.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace sundown::http::detail {

task<> turns::next(const void* connection) {
  const auto wait = [this](auto resume) { next(asio::any_completion_handler<void()>(std::move(resume))); };
  co_await asio::async_initiate<decltype(use_task), void()>(wait, use_task);
  begin(connection, clock::now());
}

void turns::next(asio::any_completion_handler<void()> resume) {
  waiting_.push_back(std::move(resume));
  if (waiting_.size() == 1) asio::post(executor_, [this] { resume_first(); });
}

void turns::resume_first() {
  auto resume = std::move(waiting_.front());
  waiting_.pop_front();
  // Before the connection goes on: an exception out of it must not keep the others waiting.
  if (!waiting_.empty()) asio::post(executor_, [this] { resume_first(); });
  std::move(resume)();
}

}  // namespace sundown::http::detail
