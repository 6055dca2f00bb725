#include "log/line.hpp"
#include "log/write_all.hpp"
#include "log/writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace sundown::log {
namespace {

/// Nobody may read stderr either.
constexpr std::chrono::milliseconds stderr_limit{100};

// The process's log is one by nature: there is one stdout. All of this is usable before the first and after the last
// static constructor and destructor, because none of it has one that does anything.
std::atomic<level> current_level{level::info};
std::atomic<format> used_format{format::text};
std::atomic<std::uint64_t> dropped_before{0};
constinit std::mutex writer_mutex;
writer* current_writer = nullptr;
std::vector<writer*>* left_behind = nullptr;  // kept reachable for their threads, never freed

}  // namespace

void start_on(int fd, const options& how, std::size_t queue) {
  current_level = how.level;
  used_format = how.format;
  const std::lock_guard lock(writer_mutex);
  if (!current_writer) current_writer = new writer(fd, how.format, queue);
}

void start(const options& how) { start_on(STDOUT_FILENO, how); }

bool stop(std::chrono::milliseconds patience, std::chrono::milliseconds limit) {
  writer* ending = nullptr;
  {
    const std::lock_guard lock(writer_mutex);
    ending = std::exchange(current_writer, nullptr);
  }
  if (!ending) return true;
  const auto reserve = std::min(stderr_limit, limit / 2);
  const bool drained = ending->drain(patience, limit - reserve);
  write_within(STDERR_FILENO, ending->unsaid(), reserve);
  dropped_before += ending->dropped();
  if (drained) {
    delete ending;  // joins a thread that has nothing left to do
  } else {
    const std::lock_guard lock(writer_mutex);
    if (!left_behind) left_behind = new std::vector<writer*>;
    left_behind->push_back(ending);
  }
  return drained;
}

void submit(std::string_view text, std::uint32_t lines, writer::priority how) {
  {
    const std::lock_guard lock(writer_mutex);
    if (current_writer) {
      current_writer->put(text, lines, how);
      return;
    }
  }
  if (!write_within(STDERR_FILENO, text, stderr_limit)) dropped_before += lines;
}

format current_format() noexcept { return used_format.load(std::memory_order_relaxed); }

void set_level(level now) noexcept { current_level = now; }

bool enabled(level at) noexcept { return at != level::off && at >= current_level.load(std::memory_order_relaxed); }

void write(level at, std::string_view message, fields more) {
  if (!enabled(at)) return;
  const auto how = at == level::error ? writer::priority::vital : writer::priority::event;
  submit(line(current_format(), std::chrono::system_clock::now(), at, message, more), 1, how);
}

void write_report(std::string_view object) {
  std::string text(object);
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  text += '\n';
  submit(text, 1, writer::priority::vital);
}

std::uint64_t dropped() noexcept {
  const std::lock_guard lock(writer_mutex);
  return dropped_before.load() + (current_writer ? current_writer->dropped() : 0);
}

}  // namespace sundown::log
