#include "http_client/pool.hpp"

#include <algorithm>
#include <utility>

namespace sundown::http_client {

// -- lease

pool::lease::lease(pool& of) noexcept : pool_(&of) { ++of.used_; }

pool::lease::lease(lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      held_(std::move(other.held_)),
      keep_for_(other.keep_for_),
      reused_(other.reused_) {}

pool::lease::~lease() {
  if (pool_ != nullptr) pool_->give_back(*this);
}

// -- pool

pool::pool(dialer& with, origin where, const settings& how, counts& of_all)
    : dialer_(with), origin_(std::move(where)), how_(how), counts_(of_all) {}

pool::~pool() { sweep({}, true); }

asio::awaitable<result<pool::lease>> pool::take(bool fresh, progress& of_call) {
  if (used_ >= static_cast<std::size_t>(how_.connections) || !waiting_.empty()) {
    if (waiting_.size() >= static_cast<std::size_t>(how_.queue))
      co_return at(origin_, {errc::busy, "no connection was free and the queue is full (connections = " +
                                             std::to_string(how_.connections) +
                                             ", queue = " + std::to_string(how_.queue) + ')'});
    if (!of_call.advance(progress::step::queued)) co_return at(origin_, {errc::canceled, "given up"});
    asio::steady_timer turn(dialer_.context, asio::steady_timer::time_point::max());
    /// In the queue for as long as it waits; who was woken and is cancelled passes its turn on.
    class place {
     public:
      place(pool& of, asio::steady_timer& turn) : pool_(of), at_(of.waiting_.insert(of.waiting_.end(), &turn)) {}
      place(const place&) = delete;
      place& operator=(const place&) = delete;
      ~place() {
        pool_.waiting_.erase(at_);
        pool_.wake();
      }

     private:
      pool& pool_;
      std::list<asio::steady_timer*>::iterator at_;
    };
    const place waits(*this, turn);
    while (waiting_.front() != &turn || used_ >= static_cast<std::size_t>(how_.connections))
      co_await turn.async_wait(as_values);
  }
  lease mine(*this);
  if (!fresh) mine.held_ = take_idle();
  mine.reused_ = mine.held_ != nullptr;
  if (!mine.held_) {
    if (!of_call.advance(progress::step::connecting)) co_return at(origin_, {errc::canceled, "given up"});
    auto made = co_await dial(dialer_, origin_);
    if (!made) co_return made.error();
    mine.held_ = std::move(*made);
    ++counts_.open;
  }
  co_return std::move(mine);
}

std::unique_ptr<connection> pool::take_idle() {
  const auto now = connection::clock::now();
  while (!idle_.empty()) {
    auto last = std::move(idle_.back());
    idle_.pop_back();
    --counts_.idle;
    if (now < last->idle_until && last->is_quiet()) return last;
    --counts_.open;
  }
  return nullptr;
}

void pool::give_back(lease& ended) noexcept {
  --used_;
  if (ended.held_ && ended.keep_for_.count() > 0) {
    ended.held_->idle_until = connection::clock::now() + ended.keep_for_;
    try {
      idle_.push_back(std::move(ended.held_));
      ++counts_.idle;
    } catch (const std::bad_alloc&) {
      ended.held_.reset();
      --counts_.open;
    }
  } else if (ended.held_) {
    --counts_.open;
  }
  wake();
}

void pool::wake() noexcept {
  if (!waiting_.empty()) waiting_.front()->cancel();
}

void pool::sweep(connection::clock::time_point now, bool everything) {
  const auto gone = std::erase_if(
      idle_, [&](const auto& each) { return everything || now >= each->idle_until || !each->is_quiet(); });
  counts_.idle -= gone;
  counts_.open -= gone;
}

// -- pools

pool& pools::at(const origin& where) {
  auto& found = by_origin_[where];
  if (!found) found = std::make_unique<pool>(dialer_, where, how_, counts_);
  return *found;
}

void pools::sweep(bool everything) {
  const auto now = connection::clock::now();
  std::erase_if(by_origin_, [&](auto& each) {
    each.second->sweep(now, everything);
    return each.second->is_unused();
  });
}

}  // namespace sundown::http_client
