#include "storage/mongodb/driver.hpp"

#include <sundown/log.hpp>

#include <string_view>
#include <utility>

namespace sundown::storage {

namespace {

log::level level_of(mongoc_log_level_t given) {
  switch (given) {
    case MONGOC_LOG_LEVEL_ERROR:
    case MONGOC_LOG_LEVEL_CRITICAL:
      return log::level::error;
    case MONGOC_LOG_LEVEL_WARNING:
      return log::level::warn;
    case MONGOC_LOG_LEVEL_MESSAGE:
    case MONGOC_LOG_LEVEL_INFO:
      return log::level::info;
    default:
      return log::level::debug;
  }
}

thread_local captured_driver_log* captured = nullptr;

void write_log(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  if (captured) return captured->take(level, message);
  log::write(level_of(level), "mongodb driver", {{"domain", domain}, {"text", message}});
}

struct driver {
  driver() {
    mongoc_log_set_handler(write_log, nullptr);
    mongoc_init();
  }
  ~driver() { mongoc_cleanup(); }
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
};

}  // namespace

void start_mongo_driver() { static const driver once; }

captured_driver_log::captured_driver_log() : outer_(std::exchange(captured, this)) {}

captured_driver_log::~captured_driver_log() { captured = outer_; }

void captured_driver_log::take(mongoc_log_level_t level, const char* message) {
  const std::string_view text(message);
  if (level <= MONGOC_LOG_LEVEL_WARNING && text.find("eprecated") == text.npos) warnings_.emplace_back(text);
}

}  // namespace sundown::storage
