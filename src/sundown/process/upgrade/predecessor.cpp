#include "process/upgrade/predecessor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <utility>

#include <sys/socket.h>

namespace sundown::process {

using boost::system::error_code;

predecessor::predecessor(asio::io_context& control, int channel) : channel_(control) {
  if (channel >= 0) channel_.assign(channel);
}

void predecessor::ready(std::function<void()> appointed, std::function<void()> gone) {
  appointed_ = std::move(appointed);
  gone_ = std::move(gone);
  if (!exists()) return end();
  (void)::send(channel_.native_handle(), "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  wait();
}

void predecessor::wait() {
  channel_.async_read_some(asio::buffer(byte_), [this](error_code ec, std::size_t) {
    if (ec == asio::error::operation_aborted || done_) return;
    if (ec) return end();
    if (appointed_) std::exchange(appointed_, {})();
    wait();
  });
}

void predecessor::end() {
  if (exists()) channel_.close();
  if (appointed_) std::exchange(appointed_, {})();
  if (gone_) std::exchange(gone_, {})();
}

void predecessor::stop_waiting() {
  done_ = true;
  if (exists()) channel_.cancel();
}

}  // namespace sundown::process
