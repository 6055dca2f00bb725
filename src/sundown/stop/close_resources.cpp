#include "stop/sequence.hpp"

#include <sundown/log.hpp>

#include <algorithm>

namespace sundown::stop {

// What an earlier closer did not use rolls over: each gets an equal share of the time that is left when its turn comes.
asio::awaitable<void> sequence::close_resources() {
  if (closers.empty()) co_return;
  enter("closers");
  for (std::size_t i = closers.size(); i-- > 0;) {
    log::info("stop: closing " + closers[i].name);
    amend([&](report&) {
      closing_ = i;
      closing_since_ = clock::now();
    });
    describe_to_guard();
    auto done = co_await close_one(i);
    if (done.result == closer_result::outcome::closed) {
      if (done.omitted.empty())
        log::info("stop: closed " + done.name, {{"seconds", done.took}});
      else
        log::warn("stop: closed " + done.name, {{"seconds", done.took}, {"omitted", done.omitted}});
    } else {
      log::error("stop: could not close " + done.name, {{"seconds", done.took}, {"error", done.error}});
    }
    amend([&](report& so_far) {
      closing_.reset();
      closers[i].closed = true;
      so_far.closers.push_back(std::move(done));
    });
  }
}

asio::awaitable<closer_result> sequence::close_one(std::size_t index) {
  auto begin = clock::now();
  auto still_to_come = static_cast<int>(index) + 1;
  auto limit = [this, begin, still_to_come] {
    return begin + std::max(clock.closers_end() - begin, clock::duration(0)) / still_to_come;
  };
  closer_result done;
  done.name = closers[index].name;

  auto job = start(closers[index].close);
  bool in_time = co_await ended(job, limit);
  if (!in_time) {
    done.result = closer_result::outcome::overran;
    done.error = "gave up after its share of the time";
    // Also one that obeys has stopped waiting only: its threads and what they use are still there, no destructor may
    // run.
    left_behind = true;
    job->cancel();
    auto last = clock::now() + moment(index + 1);
    bool obeyed = co_await ended(job, [last] { return last; });
    if (!obeyed) done.error = "left behind: did not end in its share of the time, nor when cancelled";
  } else if (auto error = job->error(); !error.empty()) {
    done.result = job->timed_out() ? closer_result::outcome::overran : closer_result::outcome::failed;
    done.error = error;
  } else if (closers[index].omitted) {
    done.omitted = closers[index].omitted();
  }
  done.took = std::chrono::round<milliseconds>(clock::now() - begin);
  co_return done;
}

}  // namespace sundown::stop
