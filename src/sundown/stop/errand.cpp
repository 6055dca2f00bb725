#include "stop/errand.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace sundown::stop {

namespace {

// A coroutine of its own, so that work that throws before its first suspension is no special case.
asio::awaitable<void> call(errand::function work) { co_await work(); }

}  // namespace

std::shared_ptr<errand> errand::start(asio::any_io_executor strand, function work, std::shared_ptr<alarm> bell) {
  auto self = std::make_shared<errand>(std::move(bell));
  auto on_end = [self](std::exception_ptr error) {
    self->ended_ = true;
    self->error_ = std::move(error);
    self->bell_->ring();
  };
  asio::co_spawn(strand, call(std::move(work)), asio::bind_cancellation_slot(self->give_up_.slot(), std::move(on_end)));
  return self;
}

std::string errand::error() const { return error_ ? log::describe(error_) : std::string(); }

bool errand::timed_out() const {
  try {
    if (error_) std::rethrow_exception(error_);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::timed_out;
  } catch (...) {
  }
  return false;
}

}  // namespace sundown::stop
