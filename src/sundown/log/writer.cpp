#include "log/writer.hpp"

#include "base/program_name.hpp"
#include "base/start_thread.hpp"
#include "log/line.hpp"
#include "log/write_all.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <algorithm>
#include <utility>

namespace sundown::log {

/// Lines arrive here finished, so spdlog's own formatting is left out.
class writer::sink : public spdlog::sinks::sink {
 public:
  explicit sink(writer& owner) : owner_(owner) {}
  void log(const spdlog::details::log_msg& message) override {
    owner_.write({message.payload.data(), message.payload.size()});
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  writer& owner_;
};

writer::writer(int fd, format how, std::size_t queue, std::size_t bulk_limit)
    : fd_(fd),
      format_(how),
      bulk_limit_(bulk_limit),
      logger_(std::make_unique<spdlog::logger>(std::string(base::program_name()), std::make_shared<sink>(*this))),
      queue_(queue),
      // Signals are blocked in it, SIGPIPE among them: a broken stdout is an error of write(2).
      thread_(base::start_thread("log", [this] { run(); })) {}

writer::~writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void writer::put(std::string_view text, std::uint32_t lines, priority how) {
  entry added{std::string(text), lines};
  {
    const std::lock_guard lock(mutex_);
    if (how == priority::bulk && waiting_bytes_ + text.size() > bulk_limit_) {
      dropped_lines_ += lines;
      return;
    }
    if (how == priority::vital) remember(text);
    if (queue_.full()) {
      dropped_lines_ += queue_.front().lines;
      waiting_bytes_ -= queue_.front().text.size();
      queue_.pop_front();
    }
    waiting_bytes_ += text.size();
    queue_.push_back(std::move(added));
  }
  changed_.notify_all();
}

void writer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const entry next = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    lock.unlock();
    logger_->log(spdlog::level::info, spdlog::string_view_t(next.text.data(), next.text.size()));
    lock.lock();
    writing_ = false;
    ++written_;
    if (queue_.empty()) changed_.notify_all();  // drain() may wait for that
  }
}

void writer::remember(std::string_view vital) {
  vital_ += vital;
  while (vital_.size() > vital_limit) vital_.erase(0, vital_.find('\n') + 1);
}

void writer::write(std::string_view text) {
  if (failing_) failing_ = !tell_losses();
  const auto written = failing_ ? 0 : deliver(text);
  if (written != text.size()) failing_ = true;

  std::unique_lock lock(mutex_);
  waiting_bytes_ -= text.size();
  // A line is whole once its end is written.
  dropped_lines_ += static_cast<std::uint64_t>(std::ranges::count(text.substr(written), '\n'));
  if (const auto at = failing_ ? vital_.npos : vital_.find(text); at != vital_.npos) vital_.erase(at, text.size());
  if (!failing_ && dropped_lines_ != reported_lines_) {
    if (queue_.empty() || std::chrono::steady_clock::now() - reported_at_ >= std::chrono::seconds(1)) {
      lock.unlock();
      failing_ = !tell_losses();
      lock.lock();
    }
  }
}

/// Writes whole lines, on a line of their own whatever has been written before. Returns how many bytes of them the
/// descriptor took.
std::size_t writer::deliver(std::string_view text) {
  if (torn_ && write_all(fd_, "\n") == 0) return 0;
  const auto written = write_all(fd_, text);
  torn_ = written != 0 && written != text.size() && text[written - 1] != '\n';
  return written;
}

/// True if the line was written, or there was nothing to tell.
bool writer::tell_losses() {
  std::unique_lock lock(mutex_);
  const auto lost = dropped_lines_;
  if (lost == reported_lines_) return true;
  const auto text = loss_line(lost - reported_lines_);
  lock.unlock();
  if (deliver(text) != text.size()) return false;
  lock.lock();
  reported_lines_ = lost;
  reported_at_ = std::chrono::steady_clock::now();
  return true;
}

std::string writer::loss_line(std::uint64_t lines) const {
  return line(format_, std::chrono::system_clock::now(), level::warn, "log: lines dropped", {{"count", lines}});
}

bool writer::drain(std::chrono::milliseconds patience, std::chrono::milliseconds limit) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + limit;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto before = written_;
    const auto until = std::min(clock::now() + patience, end);
    if (changed_.wait_until(lock, until, [this] { return queue_.empty() && !writing_; })) return true;
    if (written_ == before || until == end) return false;
  }
}

std::string writer::unsaid() const {
  const std::lock_guard lock(mutex_);
  return (dropped_lines_ == reported_lines_ ? std::string() : loss_line(dropped_lines_ - reported_lines_)) + vital_;
}

std::uint64_t writer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_lines_;
}

}  // namespace sundown::log
