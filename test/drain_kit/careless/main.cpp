// A server that stops carefully but for one fault: careless-server PORT FAULT [closes|http1.0|h2] [CERTIFICATE KEY].
// That the drain
// kit finds each of them.
#include "drain_kit/careless/connection.hpp"
#ifdef CARELESS_HTTP2
#include "drain_kit/careless/http2_connection.hpp"
#endif
#include "drain_kit/careless/listener.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace careless {
namespace {

/// What the server speaks.
struct speech {
  bool http2 = false;
  manner keeping = manner::keeps;
  std::unique_ptr<transport_source> transports = std::make_unique<transport_source>();

  void serve(int socket, const stop_state& stop) const {
#ifdef CARELESS_HTTP2
    if (http2) return http2_connection(transports->over(socket), stop).serve();
#endif
    connection(transports->over(socket), stop, keeping).serve();
  }
};

/// Of the words behind the fault. Throws std::runtime_error for those that it wasn't built for.
speech speech_of(std::vector<const char*> words) {
  speech how;
  const std::string_view first = words.empty() ? "" : words.front();
  if (first == "closes") how.keeping = manner::closes;
  if (first == "http1.0") how.keeping = manner::http_1_0;
  if (how.keeping != manner::keeps) words.erase(words.begin());
#ifdef CARELESS_HTTP2
  how.http2 = !words.empty() && std::string_view(words.front()) == "h2";
  if (how.http2) words.erase(words.begin());
#endif
#ifdef CARELESS_TLS
  if (words.size() == 2) {
    how.transports = tls_transports(words[0], words[1], how.http2 ? "h2" : "http/1.1");
    words.clear();
  }
#endif
  if (!words.empty())
    throw std::runtime_error(
        "behind the fault: [closes|http1.0|h2] [CERTIFICATE KEY], as far as it was built for these");
  return how;
}

/// Counts the connections, which end in threads of their own.
class crowd {
 public:
  explicit crowd(speech how) : speech_(std::move(how)) {}

  void add(int socket, const stop_state& stop) {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    std::thread([this, socket, &stop] {
      speech_.serve(socket, stop);
      const std::lock_guard lock(mutex_);
      --count_;
      changed_.notify_all();
    }).detach();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  const speech speech_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A process of its own that outlives this one; with the listener, if it inherits that.
void leave_child() {
  if (::fork() != 0) return;
  for (;;) ::pause();
}

int run(std::uint16_t port, fault how, speech by) {
  ::signal(SIGPIPE, SIG_IGN);  // as OpenSSL writes
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  // As long as others take to read their configuration, and so long that the signal comes meanwhile on any machine.
  std::this_thread::sleep_for(how == fault::signal_lost_at_start ? 1000ms : 100ms);
  if (how == fault::exits_at_once) {
    ::signal(SIGTERM, SIG_DFL);
  } else if (how == fault::ignores_signal) {
    ::signal(SIGTERM, SIG_IGN);
  } else {
    ::sigprocmask(SIG_BLOCK, &term, nullptr);
    if (how == fault::signal_lost_at_start) ::signal(SIGTERM, SIG_DFL);
  }
  static stop_state stop(how);
  static crowd all(std::move(by));
  listener door(port, how != fault::no_reuse);
  if (how == fault::leaves_child) {
    if (::fork() == 0) {
      door.close();
      for (;;) ::pause();
    }
  }
  if (how == fault::keeps_port) leave_child();
  std::thread([&term] {
    int number = 0;
    ::sigwait(&term, &number);
    if (stop.has(fault::second_signal_kills)) {
      ::signal(SIGTERM, SIG_DFL);
      ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
    }
    stop.begin();
    for (;;) ::pause();
  }).detach();
  while (const int socket = door.accept(stop.event())) all.add(socket, stop);
  // A balancer hears of the stop by its probes, before the door is closed.
  const auto closing = clock::now() + 150ms;
  while (const int socket = door.accept_until(closing)) all.add(socket, stop);
  if (how != fault::resets_queue) {
    door.let_nobody_in();
    while (const int socket = door.accept_waiting()) all.add(socket, stop);
  }
  if (how != fault::keeps_port) door.close();
  all.wait();
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace
}  // namespace careless

int main(int argc, char** argv) {
  const auto& known = careless::faults();
  if (argc < 3 || !known.contains(argv[2])) {
    std::fputs("careless-server PORT FAULT [closes|http1.0|h2] [CERTIFICATE KEY]\n", stderr);
    for (const auto& [name, which] : known) std::fprintf(stderr, "  %s\n", name.c_str());
    return 2;
  }
  try {
    return careless::run(static_cast<std::uint16_t>(std::stoi(argv[1])), known.at(argv[2]),
                         careless::speech_of({argv + 3, argv + argc}));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "careless-server: %s\n", e.what());
    return 1;
  }
}
