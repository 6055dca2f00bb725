#pragma once

#include <sundown/http_client/outbox.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

/// A store of events in memory, with the rules that a real one keeps.
class memory_outbox : public http_client::outbox_store {
 public:
  void add(const std::string& subject, std::string id, trace::context origin = {}) {
    {
      const std::lock_guard lock(mutex_);
      auto& of = subjects_[subject];
      of.events.emplace_back(id, "{\"id\":\"" + id + "\"}", id);
      of.events.back().origin = std::move(origin);
      of.since = ++order_;
    }
    written();
  }
  /// All calls fail from now on, or no more.
  void fail(bool how) {
    const std::lock_guard lock(mutex_);
    failing_ = how;
  }
  /// The next settlement fails, and with it nothing else.
  void fail_next_settlement() {
    const std::lock_guard lock(mutex_);
    settlement_fails_ = true;
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [name, of] : subjects_) count += of.events.size();
    return count;
  }
  /// Of subjects that somebody holds.
  std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(subjects_.begin(), subjects_.end(),
                                                  [](const auto& each) { return !each.second.holder.empty(); }));
  }
  std::uint64_t failures(const std::string& subject) const {
    const std::lock_guard lock(mutex_);
    return subjects_.at(subject).failures;
  }
  std::size_t largest_claim() const {
    const std::lock_guard lock(mutex_);
    return largest_claim_;
  }

  task<result<std::vector<http_client::outbox_turn>>> claim(http_client::outbox_claim how) override {
    const std::lock_guard lock(mutex_);
    if (failing_) co_return error{errc::unavailable, "the store is down"};
    std::vector<std::pair<std::int64_t, std::string>> due;
    for (const auto& [name, of] : subjects_)
      if (of.due_ms <= how.now_ms) due.emplace_back(of.since, name);
    std::sort(due.begin(), due.end());
    std::vector<http_client::outbox_turn> turns;
    for (const auto& [since, name] : due) {
      if (turns.size() == how.subjects) break;
      auto& of = subjects_[name];
      of.due_ms = how.until_ms;
      of.holder = how.holder;
      const auto count = static_cast<std::ptrdiff_t>(std::min(of.events.size(), how.events));
      turns.emplace_back(name, std::vector(of.events.begin(), of.events.begin() + count), of.failures);
    }
    largest_claim_ = std::max(largest_claim_, turns.size());
    co_return turns;
  }

  task<result<void>> settle(std::vector<http_client::outbox_outcome> outcomes, std::string holder,
                            std::int64_t now_ms) override {
    const std::lock_guard lock(mutex_);
    if (failing_ || std::exchange(settlement_fails_, false)) co_return error{errc::unavailable, "the store is down"};
    for (const auto& each : outcomes) {
      const auto found = subjects_.find(each.turn.subject);
      if (found == subjects_.end()) continue;
      auto& of = found->second;
      for (std::size_t i = 0; i < each.delivered; ++i)
        std::erase_if(of.events, [&](const auto& event) { return event.key == each.turn.events[i].key; });
      if (of.events.empty()) {
        subjects_.erase(found);
      } else if (of.holder == holder) {
        of.holder.clear();
        of.due_ms = now_ms + each.pause.count();
        of.failures = (each.delivered > 0 ? 0 : each.turn.failures) + (each.failed ? 1 : 0);
      }
    }
    co_return result<void>();
  }

  task<result<http_client::outbox_backlog>> backlog() override {
    const std::lock_guard lock(mutex_);
    if (failing_) co_return error{errc::unavailable, "the store is down"};
    http_client::outbox_backlog counted;
    counted.subjects = subjects_.size();
    counted.oldest_ms = 1;
    co_return counted;
  }

 private:
  struct queue {
    std::vector<http_client::outbox_event> events;
    std::int64_t due_ms = 0, since = 0;
    std::uint64_t failures = 0;
    std::string holder;
  };

  mutable std::mutex mutex_;
  std::map<std::string, queue> subjects_;
  std::int64_t order_ = 0;
  std::size_t largest_claim_ = 0;
  bool failing_ = false, settlement_fails_ = false;
};

}  // namespace sundown::test
