#pragma once

#include <sundown/testing/raw_client.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sundown::testing {

/// A network between a client and a server that fails as the test wants: a TCP proxy in a thread of its own.
///
/// What is set holds from then on for connections that are there and for those to come. Bounded: it reads no more from
/// one side while 1 MiB waits for the other.
/// Thread safety: any thread.
class fault_proxy {
 public:
  /// Passes everything on to `target`, on a port that stays the same for its life.
  explicit fault_proxy(endpoint target);
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;
  ~fault_proxy();

  const endpoint& where() const { return here_; }
  std::string text() const { return here_.address + ":" + std::to_string(here_.port); }

  /// As if it weren't there: undoes all of the below.
  void pass();
  /// Each piece of an answer arrives so much later.
  void delay(milliseconds per_piece);
  /// The next answer, on whichever connection it comes, is cut: after `bytes` of it both sides are reset. 0: the server
  /// has done what it was asked for, and the client never hears of it.
  void cut_answer_after(std::size_t bytes);
  /// Resets all connections; new ones are served.
  void cut();
  /// Nobody listens: resets all connections, and refuses new ones.
  void refuse();
  /// Connections are made, but no byte goes through any more.
  void blackhole();
  /// New connections go to another server, as those by a name whose address has changed; those that are there stay.
  void lead_to(endpoint target);

  /// Connections accepted so far.
  std::size_t accepted() const;
  /// Answers that were cut so far.
  std::size_t answers_cut() const;
  /// What a client has sent last, in one piece.
  std::string last_request() const;

 private:
  enum class mode { pass, refuse, blackhole };
  struct piece {
    std::string bytes;
    clock::time_point due;
  };
  struct flow {
    std::deque<piece> waiting;
    std::size_t size = 0;
    bool ended = false;      ///< the sender has closed its side
    bool passed_on = false;  ///< and the receiver was told
  };
  struct link {
    unique_fd client, server;
    flow request, answer;
    bool dead = false;
  };

  void set(mode next);
  unique_fd bound();
  void listen();
  void wake();
  void run();
  void accept_one();
  void serve(link& one, short client_events, short server_events);
  void read_from(link& one, bool is_answer);
  void write_to(link& one, bool is_answer);
  static void reset(unique_fd& fd);
  void reset_all();

  endpoint here_;
  unique_fd claim_;  ///< has the port, also while nobody listens
  unique_fd listener_, wake_;
  mutable std::mutex mutex_;  // guards all below
  endpoint target_;
  std::list<link> links_;
  mode mode_ = mode::pass;
  milliseconds delay_{0};
  std::optional<std::size_t> cut_after_;
  std::size_t accepted_ = 0, answers_cut_ = 0;
  std::string last_request_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sundown::testing
