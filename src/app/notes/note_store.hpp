#pragma once

#include <sundown/call_context.hpp>
#include <sundown/error.hpp>
#include <sundown/task.hpp>
#include <sundown/trace.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::storage {

/// What a client writes.
struct note_draft {
  note_draft() = default;
  note_draft(std::string its_title, std::string its_body) : title(std::move(its_title)), body(std::move(its_body)) {}

  std::string title;
  std::string body;
};

/// What is stored. Times are milliseconds since the Unix epoch. `id` is a UUIDv7 (RFC 9562 §5.7), so ids sort by
/// creation and serve as the cursor. `version` starts at 1 and grows by one with every replace.
struct note {
  note() = default;
  note(std::string its_id, std::string its_title, std::string its_body, std::int64_t created, std::int64_t updated,
       std::uint64_t its_version = 1)
      : id(std::move(its_id)),
        title(std::move(its_title)),
        body(std::move(its_body)),
        created_ms(created),
        updated_ms(updated),
        version(its_version) {}

  std::string id;
  std::string title;
  std::string body;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::uint64_t version = 1;

  friend bool operator==(const note&, const note&) = default;
};

/// Now, for the times of a note.
inline std::chrono::milliseconds since_epoch() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

/// A page of notes in id order; `more` says that notes follow after the last one.
struct note_page {
  note_page() = default;

  std::vector<note> notes;
  bool more = false;
};

/// Where a page ends: at so many notes, or before the note by whose title and body it would be larger than so many
/// bytes. A page has one note at least, or it would lead nowhere.
struct page_bounds {
  // NOLINTNEXTLINE(google-explicit-constructor): a number of notes alone is a bound
  page_bounds(std::size_t most_notes, std::size_t most_bytes = std::numeric_limits<std::size_t>::max())
      : notes(most_notes), bytes(most_bytes) {}

  std::size_t notes, bytes;
};

/// Whether a write may meet a stored note of this version; none: any. The store asks it inside the write, so that no
/// other write comes between; perhaps more than once, on another thread, and after its caller has given up.
using version_check = std::function<bool(std::uint64_t version)>;

/// Which database it is, and what it calls its operations, for the spans of its calls.
struct database_terms {
  trace::database_address where;
  std::string_view insert, select, update, remove;
};

/// The storage seam of the sample: only what the app needs.
///
/// Durability: when create, replace or remove succeeds, the change survives a crash of this process, kill -9 included.
/// Errors: not_found, conflict (the check refuses what is stored), unavailable, busy, timed_out; never an exception for
/// them. A caller passes request.context(): the server of a store that has one is told until when, each call has a
/// limit of its own beside it, and a span below the request's. Thread safety: any worker; a call resumes on the worker
/// that made it. Arguments are taken by value, since the caller may be suspended while they are used.
class note_store {
 public:
  virtual ~note_store() = default;

  task<result<note>> create(note_draft draft, call_context asked = {}) {
    return traced(asked, &database_terms::insert, do_create(std::move(draft), asked));
  }
  /// Notes with id > `after` ("" = from the start), in id order. Holds no more of them in memory than the page has.
  task<result<note_page>> list(page_bounds most, std::string after, call_context asked = {}) {
    return traced(asked, &database_terms::select, do_list(most, std::move(after), asked));
  }
  task<result<note>> get(std::string id, call_context asked = {}) {
    return traced(asked, &database_terms::select, do_get(std::move(id), asked));
  }
  /// Replaces title and body.
  task<result<note>> replace(std::string id, note_draft draft, version_check may, call_context asked = {}) {
    return traced(asked, &database_terms::update, do_replace(std::move(id), std::move(draft), std::move(may), asked));
  }
  task<result<void>> remove(std::string id, version_check may, call_context asked = {}) {
    return traced(asked, &database_terms::remove, do_remove(std::move(id), std::move(may), asked));
  }

 private:
  virtual task<result<note>> do_create(note_draft draft, call_context asked) = 0;
  virtual task<result<note_page>> do_list(page_bounds most, std::string after, call_context asked) = 0;
  virtual task<result<note>> do_get(std::string id, call_context asked) = 0;
  virtual task<result<note>> do_replace(std::string id, note_draft draft, version_check may, call_context asked) = 0;
  virtual task<result<void>> do_remove(std::string id, version_check may, call_context asked) = 0;
  /// nullptr: it is no database, but stands before one.
  virtual const database_terms* terms() const noexcept { return nullptr; }

  template <class T>
  task<result<T>> traced(const call_context& asked, std::string_view database_terms::* operation,
                         task<result<T>> call) const {
    const auto* const own = asked.parent() ? terms() : nullptr;
    if (!own) return call;
    return trace::within(trace::database_call(asked.parent(), own->where, own->*operation, "notes"), std::move(call));
  }
};

}  // namespace sundown::storage
