#pragma once

#include "http_client/connection.hpp"
#include "http_client/dial.hpp"
#include "http_client/progress.hpp"
#include "http_client/url.hpp"

#include <sundown/error.hpp>
#include <sundown/http_client/settings.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace sundown::http_client {

/// The connections to one origin: so many at a time, the rest of the calls wait in the order in which they came.
/// Thread safety: the context's thread only, but for the counts.
class pool {
 public:
  struct counts {
    std::atomic<std::size_t> open{0}, idle{0};
  };

  /// A connection for one call, or the right to make one. Its end gives the place to who waits.
  class lease {
   public:
    explicit lease(pool& of) noexcept;
    lease(lease&& other) noexcept;
    lease& operator=(lease&&) = delete;
    ~lease();

    connection& operator*() const noexcept { return *held_; }
    bool reused() const noexcept { return reused_; }
    /// The exchange is over and the connection can carry another one; it is kept, for `most` at the longest.
    void keep(std::chrono::milliseconds most) noexcept { keep_for_ = most; }

   private:
    friend class pool;
    pool* pool_;
    std::unique_ptr<connection> held_;
    std::chrono::milliseconds keep_for_{0};
    bool reused_ = false;
  };

  pool(dialer& with, origin where, const settings& how, counts& of_all);
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool();

  /// `fresh`: not one that was used before. Errors: busy, canceled (given up), and those of dial(). Obeys cancellation.
  asio::awaitable<result<lease>> take(bool fresh, progress& of_call);
  /// Closes those whose time is over, or that their servers have closed; all of them with `everything`.
  void sweep(connection::clock::time_point now, bool everything);
  /// Nothing is open, nobody waits.
  bool is_unused() const noexcept { return idle_.empty() && used_ == 0 && waiting_.empty(); }

 private:
  void give_back(lease& ended) noexcept;
  void wake() noexcept;
  std::unique_ptr<connection> take_idle();

  dialer& dialer_;
  const origin origin_;
  const settings& how_;
  counts& counts_;
  std::vector<std::unique_ptr<connection>> idle_;  ///< the last one was used last
  std::size_t used_ = 0;                           ///< by calls, or being made for one
  std::list<asio::steady_timer*> waiting_;
};

/// The pools of all origins.
class pools {
 public:
  pools(dialer& with, const settings& how) : dialer_(with), how_(how) {}

  pool& at(const origin& where);
  void sweep(bool everything);
  const pool::counts& counts() const noexcept { return counts_; }

 private:
  dialer& dialer_;
  const settings& how_;
  pool::counts counts_;
  std::map<origin, std::unique_ptr<pool>> by_origin_;
};

}  // namespace sundown::http_client
