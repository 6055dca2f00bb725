#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>

namespace sundown::process {

namespace asio = boost::asio;

/// The process whose place this one takes, by the channel that it has handed over (successor.hpp is its side).
///
/// Thread safety: all on the control context's thread.
class predecessor {
 public:
  /// `channel`: inheritance::predecessor; -1 without one.
  predecessor(asio::io_context& control, int channel);

  /// Tells the predecessor that this process is ready. `appointed`: this process is the service. `gone`: the
  /// predecessor has ended. Both are called, in this order; at once without a predecessor.
  void ready(std::function<void()> appointed, std::function<void()> gone);
  bool exists() const { return channel_.is_open(); }
  void stop_waiting();

 private:
  void wait();
  void end();

  asio::posix::stream_descriptor channel_;
  std::array<char, 1> byte_{};
  std::function<void()> appointed_, gone_;
  bool done_ = false;
};

}  // namespace sundown::process
