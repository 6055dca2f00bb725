#include <sundown/service.hpp>

#include "log/failure.hpp"
#include "service/places.hpp"

#include <exception>
#include <ranges>
#include <utility>

namespace sundown {

service::places::places(const program& called, const config& values, stop::shutdown& sequence, stop::readiness& ready,
                        http::router& for_admin, blocking_pool& pool, serving::descriptor_account& opened,
                        asio::io_context& control, trace::tracer& tracer, std::function<bool()> stop_asked)
    : identity(called),
      configuration(values),
      stop(sequence),
      readiness(ready),
      admin_routes(for_admin),
      blocking(pool),
      descriptors(opened),
      traces(tracer),
      stop_requested(std::move(stop_asked)),
      background(control.get_executor(), &tracer) {
  stop.finishes(background);
}

service::places::~places() {
  for (const auto& call : on_abandon | std::views::reverse) call();
  while (!parts_.empty()) parts_.pop_back();
}

void service::places::started() {
  for (const auto& call : on_start) call();
}

void service::places::last_words() noexcept {
  for (const auto& call : on_forced_exit | std::views::reverse) {
    try {
      call();
    } catch (...) {
      log::report_failure("the last words of a part", std::current_exception());
    }
  }
}

void service::places::shared(bool now) {
  for (const auto& call : on_shared) call(now);
}

const program& service::identity() const noexcept { return places_.identity; }
const config& service::configuration() const noexcept { return places_.configuration; }
http::router& service::routes() { return places_.routes; }
http::router& service::admin() { return places_.admin_routes; }
stop::background& service::background() { return places_.background; }
stop::readiness& service::readiness() { return places_.readiness; }
blocking_pool& service::blocking() { return places_.blocking; }
metrics& service::metrics() { return places_.metrics; }
trace::tracer& service::traces() { return places_.traces; }
void service::takes_descriptors(std::size_t more) { places_.descriptors.take(more); }
void service::share_rate_limit(shared_counter& counts) { places_.rate_counts = &counts; }
void service::on_start(std::function<void()> call) { places_.on_start.push_back(std::move(call)); }
void service::on_forced_exit(std::function<void()> call) { places_.on_forced_exit.push_back(std::move(call)); }
void service::on_shared(std::function<void(bool)> call) { places_.on_shared.push_back(std::move(call)); }
bool service::stop_requested() const { return places_.stop_requested(); }
stop::shutdown& service::sequence() { return places_.stop; }
void service::abandons(std::function<void()> call) { places_.on_abandon.push_back(std::move(call)); }
void service::keep(std::shared_ptr<void> part) { places_.keep(std::move(part)); }

}  // namespace sundown
