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

  /// While true, nothing is read from the cache or put into it: another process writes to the store, and doesn't know
  /// of this cache. Any thread.
  void pass_by(bool passed) noexcept { passed_by_.store(passed, std::memory_order_release); }

 private:
  task<result<note>> do_create(note_draft draft, call_context asked) override;
  task<result<note_page>> do_list(page_bounds most, std::string after, call_context asked) override;
  task<result<note>> do_get(std::string id, call_context asked) override;
  task<result<note>> do_replace(std::string id, note_draft draft, version_check may, call_context asked) override;
  task<result<void>> do_remove(std::string id, version_check may, call_context asked) override;

  /// A span where the cache is another process.
  trace::span cache_call(const call_context& asked, std::string_view operation) const;
  task<void> invalidate(std::string id, call_context asked);
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
