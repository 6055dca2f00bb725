#include "storage/mongodb/driver.hpp"

#include "base/left_behind.hpp"

#include <sundown/log.hpp>
#include <sundown/time.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace sundown::mongodb {

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

thread_local captured_log* captured = nullptr;

/// The driver says the same at each attempt, each second while a password is wrong: a line is written again after a
/// minute. Thread safety: any thread.
class repeated_lines {
 public:
  bool due(const std::string& line) {
    constexpr auto apart = std::chrono::minutes(1);
    constexpr std::size_t most = 32;  // that are remembered; others are always written
    const auto now = clock::now();
    const std::scoped_lock lock(mutex_);
    std::erase_if(written_, [&](const auto& each) { return now - each.second >= apart; });
    return written_.size() >= most || written_.emplace(line, now).second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, clock::time_point> written_;
};

void write_log(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  if (captured) return captured->take(level, message);
  static auto* const lines = new repeated_lines;  // the driver logs until its end, which no destructor comes behind
  if (!lines->due(message)) return;
  log::write(level_of(level), "mongodb driver", {{"domain", domain}, {"text", message}});
}

/// The driver shares its counters by a file, /dev/shm/mongoc-PID, which would outlive a process that is killed. Without
/// a name its memory goes with the process. Only the environment (MONGOC_DISABLE_SHM) keeps the driver from making it.
bool unshare_counters() {
  const auto name = "/mongoc-" + std::to_string(::getpid());
  return ::shm_unlink(name.c_str()) == 0;
}

// Driver 1.x may be built so that it initialises itself when it is loaded, before main(), also where nothing uses it.
[[maybe_unused]] const bool unshared_at_load = unshare_counters();

struct driver {
  driver() {
    mongoc_log_set_handler(write_log, nullptr);
    mongoc_init();
    unshare_counters();
  }
  ~driver() {
    if (!base::any_left_behind()) mongoc_cleanup();
  }
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
};

}  // namespace

void start_driver() { static const driver once; }

captured_log::captured_log() : outer_(std::exchange(captured, this)) {}

captured_log::~captured_log() { captured = outer_; }

void captured_log::take(mongoc_log_level_t level, const char* message) {
  const std::string_view text(message);
  if (level <= MONGOC_LOG_LEVEL_WARNING && text.find("eprecated") == text.npos) warnings_.emplace_back(text);
}

}  // namespace sundown::mongodb
