#include "app/notes/cached_note_store.hpp"

#include <sundown/log.hpp>
#include <sundown/time.hpp>
#include <sundown/trace.hpp>

#include "app/notes/note_json.hpp"

#include <boost/asio/this_coro.hpp>

namespace sundown::storage {

namespace {

constexpr std::chrono::seconds quiet{10};

std::string key_of(const std::string& id) { return "note:" + id; }

}  // namespace

task<result<note>> cached_note_store::do_create(note_draft draft, call_context asked) {
  co_return co_await store_.create(std::move(draft), asked);  // nobody can have asked for an id that was just made
}

task<result<note_page>> cached_note_store::do_list(page_bounds most, std::string after, call_context asked) {
  co_return co_await store_.list(most, std::move(after), asked);
}

task<result<note>> cached_note_store::do_get(std::string id, call_context asked) {
  if (passed_by_.load(std::memory_order_acquire)) co_return co_await store_.get(std::move(id), asked);
  auto look = cache_.get(key_of(id));
  auto found = co_await trace::within(cache_call(asked, "GET"), std::move(look));
  if (!found) {
    failed(found.error());
    co_return co_await store_.get(std::move(id), asked);
  }
  answered();
  if (found->value) {
    if (auto cached = from_text(*found->value)) co_return std::move(*cached);
    co_await invalidate(id, asked);  // unreadable: the next miss fills it anew
    co_return co_await store_.get(std::move(id), asked);
  }
  auto stored = co_await store_.get(id, asked);
  if (stored && !passed_by_.load(std::memory_order_acquire)) {
    auto put = cache_.put(key_of(id), to_text(*stored), ttl_, found->lease);
    const auto kept = co_await trace::within(cache_call(asked, "SET"), std::move(put));
    if (!kept) failed(kept.error());
  }
  co_return stored;
}

task<result<note>> cached_note_store::do_replace(std::string id, note_draft draft, version_check may,
                                                 call_context asked) {
  auto replaced = co_await store_.replace(id, std::move(draft), std::move(may), asked);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // a caller cancelled meanwhile must still invalidate
  co_await invalidate(std::move(id), asked);
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return replaced;
}

task<result<void>> cached_note_store::do_remove(std::string id, version_check may, call_context asked) {
  auto removed = co_await store_.remove(id, std::move(may), asked);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // a caller cancelled meanwhile must still invalidate
  co_await invalidate(std::move(id), asked);
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return removed;
}

trace::span cached_note_store::cache_call(const call_context& asked, std::string_view operation) const {
  const auto* const where = cache_.traced_as();
  return where ? trace::database_call(asked.parent(), *where, operation) : trace::span();
}

task<void> cached_note_store::invalidate(std::string id, call_context asked) {
  auto erase = cache_.erase(key_of(id));
  const auto erased = co_await trace::within(cache_call(asked, "DEL"), std::move(erase));
  if (!erased) failed(erased.error());
}

// Told once, not with every request; and that it answers again only when it has done so for a while, since one that
// refuses to be filled may still be read.
void cached_note_store::failed(const error& why) {
  failed_at_.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  if (failing_.exchange(true)) return;
  log::warn("the cache failed, going on without it", {{"error", to_string(why.code)}, {"detail", why.detail}});
}

void cached_note_store::answered() {
  if (!failing_.load(std::memory_order_relaxed)) return;
  const clock::time_point last{clock::duration(failed_at_.load(std::memory_order_relaxed))};
  if (clock::now() - last < quiet) return;
  if (failing_.exchange(false)) log::info("the cache answers again");
}

}  // namespace sundown::storage
