#pragma once

#include "support/testing.hpp"
#include "wire/reserved_port.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::test {

/// Whom a server lets in.
struct mongo_setup {
  std::string user, password;    ///< in the database admin, by SCRAM-SHA-1 and SCRAM-SHA-256; "": everybody
  std::string certificate, key;  ///< PEM files, with which it speaks TLS alone

  bool guarded() const { return !user.empty() || !certificate.empty(); }
};

/// A MongoDB server of the test's own, on a free port and an empty directory: mongod if it is installed, else FerretDB,
/// which the tests' build makes where there is Go. Ends with the object, whatever state it is in.
class mongo_server {
 public:
  /// Why there is none to test with, and how to get one; "" if there is.
  static std::string missing();
  /// The same for one that doesn't let everybody in, which is FerretDB's own server.
  static std::string guarded_missing();

  /// Starts one; throws if it doesn't come up. With `started` false it only takes a port on which nobody listens.
  explicit mongo_server(bool started = true);
  explicit mongo_server(const mongo_setup& setup);

  const endpoint& where() const { return where_; }
  /// "mongodb://127.0.0.1:port/", with user and password if they are given: "user:password@".
  std::string uri(std::string_view user = {}) const { return uri_of(where_, user); }
  static std::string uri_of(const endpoint& where, std::string_view user = {});

  /// kill -9, and waits for its end.
  void kill();
  /// SIGSTOP, and waits until it has stopped: it neither reads nor answers, and its kernel goes on accepting
  /// connections.
  void freeze();
  void thaw();
  /// Starts it on the same port and data, after a kill or for the first time.
  void start();
  /// Connections that clients have open, by the kernel's table: those that they have closed don't count, even where a
  /// frozen server still holds its end.
  std::size_t connections() const;

 private:
  mongo_setup setup_;
  temp_dir directory_;
  reserved_port reserved_;
  endpoint where_;
  std::optional<child_process> process_;
};

/// The URI in $SUNDOWN_TEST_MONGODB_URI: a server of somebody else's, which a test must not harm.
std::optional<std::string> given_mongo_uri();

}  // namespace sundown::test
