#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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

/// A page of notes in id order; `more` says that notes follow after the last one.
struct note_page {
  note_page() = default;

  std::vector<note> notes;
  bool more = false;
};

/// The storage seam of the sample: only what the app needs.
///
/// Durability: when create, replace or remove succeeds, the change survives a crash of this process, kill -9 included.
/// Errors: not_found, conflict (expected version differs), unavailable, busy, timed_out; never an exception for them.
/// Thread safety: any worker; a call resumes on the worker that made it. Arguments are taken by value, since the caller
/// may be suspended while they are used.
class note_store {
 public:
  virtual ~note_store() = default;

  virtual task<result<note>> create(note_draft draft) = 0;
  /// At most `limit` notes with id > `after` ("" = from the start), in id order.
  virtual task<result<note_page>> list(std::size_t limit, std::string after) = 0;
  virtual task<result<note>> get(std::string id) = 0;
  /// Replaces title and body. With `expected`, only if the stored version is that one, else conflict.
  virtual task<result<note>> replace(std::string id, note_draft draft, std::optional<std::uint64_t> expected) = 0;
  virtual task<result<void>> remove(std::string id, std::optional<std::uint64_t> expected) = 0;
};

}  // namespace sundown::storage
