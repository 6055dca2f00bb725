#pragma once

#include <sundown/cache.hpp>
#include "app/notes/note_store.hpp"

#include <atomic>
#include <chrono>

namespace sundown::storage {

/// A note_store whose get() looks into a cache first.
///
/// Whoever has been answered by replace() or remove() reads what he wrote, and no older value is put into the cache
/// after it (see cache's leases). Every attempt to write invalidates, failed ones too: their outcome may be unknown.
/// Staleness is possible only where the cache could not be reached, or where a write came through after its caller had
/// given up; then for at most `ttl`.
/// A failing cache is logged and passed by; it never fails an operation.
/// Lifetime: holds references; owns neither the store nor the cache.
class cached_note_store : public note_store {
 public:
  cached_note_store(note_store& store, cache& front, std::chrono::milliseconds ttl)
      : store_(store), cache_(front), ttl_(ttl) {}

  task<result<note>> create(note_draft draft) override;
  task<result<note_page>> list(page_bounds most, std::string after) override;
  task<result<note>> get(std::string id) override;
  task<result<note>> replace(std::string id, note_draft draft, version_check may) override;
  task<result<void>> remove(std::string id, version_check may) override;

  /// While true, nothing is read from the cache or put into it: another process writes to the store, and doesn't know
  /// of this cache. Any thread.
  void pass_by(bool passed) noexcept { passed_by_.store(passed, std::memory_order_release); }

 private:
  task<void> invalidate(std::string id);
  void failed(const error& why);
  void answered();

  note_store& store_;
  cache& cache_;
  const std::chrono::milliseconds ttl_;
  std::atomic<bool> failing_{false};
  std::atomic<std::chrono::steady_clock::rep> failed_at_{0};
  std::atomic<bool> passed_by_{false};
};

}  // namespace sundown::storage
