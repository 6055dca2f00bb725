#include "process/upgrade/successor.hpp"

#include "base/durations.hpp"
#include "process/upgrade/inheritance.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/scope/unique_fd.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>

namespace sundown::process {

using boost::system::error_code;

namespace {

/// For a supervisor to kill its process and to tell.
constexpr milliseconds kill_limit{500};

/// Adds what the successor has to know to its environment, and returns the descriptors it gets.
std::vector<int> hand_over(program& what, const std::vector<handed_listener>& listeners, int channel) {
  std::vector<int> descriptors;
  std::string names, kept;
  for (const auto& listener : listeners) {
    for (const int socket : listener.sockets) {
      descriptors.push_back(socket);
      names += (names.empty() ? "" : ":") + listener.name;
    }
    if (listener.externally_owned) kept += (kept.empty() ? "" : ":") + listener.name;
  }
  const auto count = descriptors.size();
  descriptors.push_back(channel);
  const auto set = [&](std::string_view name, const std::string& value) {
    what.environment.push_back(std::string(name) + "=" + value);
  };
  set("LISTEN_FDS", std::to_string(count));
  set("LISTEN_FDNAMES", names);
  set(channel_variable(), std::to_string(first_descriptor + static_cast<int>(count)));
  set(kept_variable(), kept);
  return descriptors;
}

}  // namespace

successor::successor(asio::io_context& control) : channel_(control), process_(control), limit_(control) {}

void successor::start(program what, const std::vector<handed_listener>& listeners, milliseconds limit, outcome then) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  if (channel_.is_open()) channel_.close();
  channel_.assign(ends[0]);
  const boost::scope::unique_fd theirs(ends[1]);
  const auto descriptors = hand_over(what, listeners, theirs.get());
  process_.start(what, descriptors,
                 {[this] {
                    then_.started();
                    if (state_ == state::ready) settle_ready();
                  },
                  [this](std::string how) { ended(std::move(how)); }});
  then_ = std::move(then);
  why_.clear();
  state_ = state::starting;
  running_.enter();
  wait_for_ready();
  wait_for_limit(limit, "it was not ready within " + base::config_text(limit));
}

void successor::wait_for_ready() {
  channel_.async_read_some(asio::buffer(byte_), [this](error_code ec, std::size_t) {
    if (!ec && !done_) settle_ready();  // its end says nothing: the supervisor tells how the process ends
  });
}

void successor::wait_for_limit(milliseconds limit, std::string why) {
  limit_.expires_after(limit);
  limit_.async_wait([this, why = std::move(why)](error_code ec) mutable {
    if (ec || !limit_passed()) return;
    // A byte that has come in this very moment counts: the new process may have clients by now.
    char last = 0;
    if (::recv(channel_.native_handle(), &last, 1, MSG_DONTWAIT) == 1) return settle_ready();
    why_ = std::move(why);
    process_.signal(SIGKILL);  // leads to ended()
    limit_.expires_after(kill_limit);
    limit_.async_wait([this](error_code cancelled) {
      if (!cancelled && limit_passed()) process_.kill();
    });
  });
}

// False where the wait is an earlier successor's.
bool successor::limit_passed() const { return awaited() && !done_ && clock::now() >= limit_.expiry(); }

void successor::settle_ready() {
  if (!awaited()) return;
  const bool called_off = state_ == state::called_off;
  if (!called_off) state_ = state::ready;
  if (process_.pid() < 0) return process_.wake();  // its supervisor has still to tell
  const bool lives = release();
  // A process that was called off may have clients by now: it stops in its order, as this one does.
  if (called_off) return;
  auto then = std::exchange(then_, {});
  lives ? then.ready() : then.failed("it ended as soon as it was ready");
}

void successor::ended(std::string how) {
  const bool called_off = state_ == state::called_off;
  release();
  channel_.close();
  if (!called_off) std::exchange(then_, {}).failed(why_.empty() ? std::move(how) : std::exchange(why_, {}));
}

bool successor::release() {
  state_ = state::none;
  limit_.cancel();
  running_.leave();
  return process_.let_go();
}

void successor::appoint() { (void)::send(channel_.native_handle(), "", 1, MSG_NOSIGNAL | MSG_DONTWAIT); }

asio::awaitable<void> successor::call_off(milliseconds patience) {
  state_ = state::called_off;
  process_.signal(SIGTERM);
  wait_for_limit(patience, {});
  return running_.wait();
}

void successor::stop_waiting() {
  done_ = true;
  limit_.cancel();
  process_.stop_waiting();
  if (channel_.is_open()) channel_.cancel();
}

}  // namespace sundown::process
