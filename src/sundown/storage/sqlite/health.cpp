#include <sundown/log.hpp>
#include <sundown/sqlite/options.hpp>
#include <sundown/stop/readiness.hpp>

namespace sundown::sqlite {

listener tell(stop::readiness& ready, std::string name) {
  return [&ready, name = std::move(name)](health now, const std::string& why) {
    ready.set(name, now != health::down, why);
    ready.set(name, now != health::at_risk, why, stop::readiness::importance::optional);
    if (now == health::well) return log::info(name + " is well again");
    const bool down = now == health::down;
    log::write(down ? log::level::error : log::level::warn, name + (down ? ": not ready" : ": degraded"),
               {{"error", why}});
  };
}

}  // namespace sundown::sqlite
