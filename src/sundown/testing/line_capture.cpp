#include <sundown/testing/line_capture.hpp>

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

namespace sundown::testing {

line_capture::line_capture(unique_fd pipe, std::size_t most)
    : pipe_(std::move(pipe)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      most_(most),
      thread_([this] { run(); }) {}

line_capture::~line_capture() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

std::optional<std::string> line_capture::wait_for(const std::function<bool(std::string_view)>& accepts,
                                                  milliseconds limit) const {
  const deadline end(limit);
  std::unique_lock lock(mutex_);
  for (std::size_t seen = 0;;) {
    for (; seen < lines_.size(); ++seen)
      if (accepts(lines_[seen])) return lines_[seen];
    if (ended_) return std::nullopt;
    if (!changed_.wait_until(lock, end.at(), [&] { return ended_ || lines_.size() > seen; })) return std::nullopt;
  }
}

std::optional<std::string> line_capture::wait_for(std::string_view text, milliseconds limit) const {
  return wait_for([text](std::string_view line) { return line.find(text) != std::string_view::npos; }, limit);
}

bool line_capture::wait_end(milliseconds limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline(limit).at(), [&] { return ended_; });
}

std::vector<std::string> line_capture::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::string line_capture::text() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& line : lines_) all.append(line).push_back('\n');
  return all + partial_;
}

void line_capture::pause() { set(mode::paused); }
void line_capture::resume() { set(mode::reading); }
void line_capture::close() { set(mode::closed); }

void line_capture::set(mode next) {
  std::unique_lock lock(mutex_);
  mode_ = next;
  mode_taken_ = false;
  ::eventfd_write(wake_.get(), 1);
  // Returns once the thread has seen it: from here on no byte is read, or EPIPE is certain.
  changed_.wait(lock, [&] { return mode_taken_ || ended_; });
}

void line_capture::run() {
  for (;;) {
    bool reading = false;
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
      mode_taken_ = true;
      if (mode_ == mode::closed) {
        pipe_.reset();
        ended_ = true;
      }
      reading = mode_ == mode::reading && !ended_;
    }
    changed_.notify_all();
    std::array<pollfd, 2> ready{pollfd{wake_.get(), POLLIN, 0}, pollfd{reading ? pipe_.get() : -1, POLLIN, 0}};
    ::poll(ready.data(), ready.size(), -1);
    eventfd_t ignored = 0;
    if (ready[0].revents != 0)
      ::eventfd_read(wake_.get(), &ignored);
    else if (ready[1].revents != 0 && !read_once()) {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
  }
}

bool line_capture::read_once() {
  std::array<char, 16 << 10> buffer;
  const auto n = ::read(pipe_.get(), buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  append({buffer.data(), static_cast<std::size_t>(n)});
  return n > 0;
}

void line_capture::append(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    partial_.append(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    bytes_ += partial_.size();
    if (bytes_ <= most_) lines_.push_back(std::move(partial_));
    partial_.clear();
  }
}

}  // namespace sundown::testing
