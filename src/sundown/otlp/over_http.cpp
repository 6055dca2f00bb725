#include "otlp/exporter.hpp"
#include "otlp/settings.hpp"
#include "service/trace_provider.hpp"

#include <sundown/otlp.hpp>

#include <memory>
#include <utility>

namespace sundown::otlp {

namespace {

class provider final : public serving::trace_provider {
 public:
  findings check(const serving::environment_variables& given) const override {
    findings found;
    (void)read_settings(given, found);
    return found;
  }

  std::unique_ptr<serving::trace_exporter> open(const serving::environment_variables& given,
                                                const program& identity) const override {
    findings found;
    auto read = read_settings(given, found);
    if (!found.faults.empty()) throw startup_error(found.faults.front());
    if (!read.enabled()) return nullptr;
    return std::make_unique<exporter>(std::move(read), identity);
  }

  /// Those of two contexts (epoll, eventfd, timerfd) and a connection, while another one is tried.
  std::size_t descriptors() const noexcept override { return 2 * 3 + 2; }
};

}  // namespace

const serving::trace_provider& over_http() noexcept {
  static const provider only;
  return only;
}

}  // namespace sundown::otlp
