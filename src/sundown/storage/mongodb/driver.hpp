#pragma once

// For mongo_*.cpp alone: nobody else sees the driver's headers.
#include <sundown/error.hpp>

#include <mongoc/mongoc.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sundown::storage {

/// Initialises the driver at the first call, sends its log to ours, and cleans up at the end of the process: it can't
/// be initialised a second time. A process that leaves by _exit leaves the cleaning up out.
void start_mongo_driver();

/// While it lives, it takes what the driver logs on this thread, and our log does not get it: it may quote a URI.
class captured_driver_log {
 public:
  captured_driver_log();
  ~captured_driver_log();
  captured_driver_log(const captured_driver_log&) = delete;
  captured_driver_log& operator=(const captured_driver_log&) = delete;

  /// Of what is worth a warning, but for what is said to be deprecated: it works.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void take(mongoc_log_level_t level, const char* message);

 private:
  captured_driver_log* const outer_;
  std::vector<std::string> warnings_;
};

template <auto Destroy>
struct destroyed_by {
  template <class T>
  void operator()(T* what) const noexcept {
    Destroy(what);
  }
};
template <class T, auto Destroy>
using mongo_handle = std::unique_ptr<T, destroyed_by<Destroy>>;

/// A client of the driver's pool, lent to one call.
struct mongo_connection {
  mongoc_client_t* client;
  const std::string& database;
  std::chrono::milliseconds attempt;                 ///< how long the driver waits for one answer
  std::chrono::steady_clock::time_point give_up_at;  ///< nobody waits for the outcome any more
  std::string locked_out;                            ///< set when the server did not let our user in
  std::string refused;                               ///< set when it refuses what was asked, and would again
};

/// What an operation's failure means. `writing`: what was asked for may have been done all the same.
error fault_of(const bson_error_t& failed, bool writing, std::chrono::steady_clock::time_point begun,
               mongo_connection& connection);
/// No answer came, for all we know.
bool means_lost_answer(const bson_error_t& failed);
bool means_duplicate(const bson_error_t& failed);

}  // namespace sundown::storage
