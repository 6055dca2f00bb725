#pragma once

#include <sundown/blocking.hpp>
#include <sundown/http_client/outbox.hpp>
#include <sundown/stop/readiness.hpp>
#include "app/notes/note_store.hpp"
#include "app/notes/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sundown::app {

/// The note store that the configuration asks for, with what it stands on: one resource, to be closed as one.
class note_storage {
 public:
  virtual ~note_storage() = default;

  /// "sqlite" or "mongodb".
  virtual std::string name() const = 0;
  virtual storage::note_store& notes() = 0;
  /// The events of its writes, if the surroundings want them.
  virtual http_client::outbox_store& outbox() = 0;
  virtual boost::asio::awaitable<void> close() = 0;
  virtual std::string waiting_for() const = 0;
  virtual std::string omitted() const { return {}; }
};

/// What start-up needs besides the configuration.
struct storage_surroundings {
  blocking_pool& pool;
  std::size_t queue;                     ///< operations that wait for their turn
  stop::readiness& readiness;            ///< told of a server that is down, by name
  std::function<bool()> stop_requested;  ///< ends waiting for a server
  bool outbox = false;                   ///< each write has its event there
};

/// Waits until a server has answered, or is known not to, for at most the operation's limit. Throws startup_error if
/// the store can't be used, with storage.fail_fast also if its server doesn't answer; otherwise that is said, and the
/// process is not ready until it does. What `around` refers to must outlive the storage.
std::unique_ptr<note_storage> open_note_storage(const storage_settings& given, const storage_surroundings& around);

}  // namespace sundown::app
