#pragma once

#include "service/fd_limit.hpp"

#include <sundown/blocking.hpp>
#include <sundown/config.hpp>
#include <sundown/http/router.hpp>
#include <sundown/metrics.hpp>
#include <sundown/program.hpp>
#include <sundown/service.hpp>
#include <sundown/shared_counter.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/trace/tracer.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace sundown {

/// What stands behind a `service`: the places that serve() owns, and what the build function has put there.
class service::places {
 public:
  places(const program& called, const config& values, stop::shutdown& sequence, stop::readiness& ready,
         http::router& for_admin, blocking_pool& pool, serving::descriptor_account& opened, asio::io_context& control,
         trace::tracer& tracer, std::function<bool()> stop_asked);
  places(const places&) = delete;
  places& operator=(const places&) = delete;
  /// Abandons the parts, and destroys them, the last one first.
  ~places();

  const program& identity;
  const config& configuration;
  stop::shutdown& stop;
  stop::readiness& readiness;
  http::router& admin_routes;
  blocking_pool& blocking;
  serving::descriptor_account& descriptors;
  trace::tracer& traces;
  const std::function<bool()> stop_requested;
  http::router routes;
  stop::background background;
  sundown::metrics metrics;

  void keep(std::shared_ptr<void> part) { parts_.push_back(std::move(part)); }

  void started();
  void last_words() noexcept;
  void shared(bool now);

  shared_counter* rate_counts = nullptr;
  std::vector<std::function<void()>> on_start, on_forced_exit, on_abandon;
  std::vector<std::function<void(bool)>> on_shared;

 private:
  std::vector<std::shared_ptr<void>> parts_;
};

}  // namespace sundown
