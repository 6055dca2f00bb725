#include "stop/task_handle.hpp"

#include "log/failure.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace sundown::stop {

namespace {

// A coroutine of its own, so that work that throws before its first suspension is no special case.
asio::awaitable<void> call(task_handle::function work) { co_await work(); }

}  // namespace

std::shared_ptr<task_handle> task_handle::start(const asio::any_io_executor& strand, function work, event on_end) {
  auto self = std::make_shared<task_handle>(std::move(on_end));
  auto finish = [self](std::exception_ptr error) {
    self->ended_ = true;
    self->error_ = std::move(error);
    self->on_end_.set();
  };
  asio::co_spawn(strand, call(std::move(work)), asio::bind_cancellation_slot(self->cancel_.slot(), std::move(finish)));
  return self;
}

std::string task_handle::error() const { return error_ ? log::describe(error_) : std::string(); }

bool task_handle::timed_out() const {
  try {
    if (error_) std::rethrow_exception(error_);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::timed_out;
  } catch (...) {
  }
  return false;
}

}  // namespace sundown::stop
