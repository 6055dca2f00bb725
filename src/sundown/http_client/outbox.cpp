#include <sundown/http_client/outbox.hpp>

#include "http_client/outbox_core.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sundown::http_client {

using namespace std::chrono_literals;

outbox::outbox(client& calls, outbox_store& store, const outbox_settings& how, const trace::tracer* traces)
    : core_(std::make_unique<core>(calls, store, how, traces)) {
  store.on_written([core = core_.get()] { core->wake(); });
}

outbox::~outbox() { abandon(); }

void outbox::start() { core_->start(); }

asio::awaitable<void> outbox::close() {
  // The closers of a service share a second. What a receiver hasn't answered by then it is sent again.
  constexpr auto patience = 50ms;
  core_->stop(patience);
  const result<void> idle = co_await core_->gate.async_empty(core_->context.get_executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " not answered");
  core_->end();
}

void outbox::abandon() {
  if (!core_->thread.joinable()) return;
  core_->stop(0ms);
  core_->end();
}

std::string outbox::waiting_for() const {
  const auto count = core_->under_way.load();
  return count == 0 ? "" : std::to_string(count) + (count == 1 ? " delivery" : " deliveries");
}

std::string outbox::omitted() const {
  const auto count = subjects_waiting();
  if (count == 0) return {};
  return "events of " + std::to_string(count) + (count == 1 ? " subject" : " subjects") +
         ", which stay in the store until they are delivered";
}

std::uint64_t outbox::delivered() const noexcept { return core_->delivered; }
std::uint64_t outbox::failed() const noexcept { return core_->failed; }
std::uint64_t outbox::subjects_waiting() const noexcept { return core_->subjects; }

std::chrono::milliseconds outbox::oldest_age() const noexcept {
  const auto oldest = core_->oldest_ms.load();
  if (oldest == 0) return 0ms;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::max(std::chrono::duration_cast<milliseconds>(now) - milliseconds(oldest), 0ms);
}

}  // namespace sundown::http_client
