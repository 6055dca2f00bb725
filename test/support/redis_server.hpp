#pragma once

#include "support/testing.hpp"
#include "wire/reserved_port.hpp"

#include <signal.h>

#include <optional>
#include <string>
#include <vector>

namespace sundown::test {

/// A connection that sends commands and reads answers, RESP2. Throws when the server does not answer in time.
class redis_connection {
 public:
  explicit redis_connection(const endpoint& where);

  /// All values of the answer in order, arrays within arrays included; nil is "(nil)", an error "-ERR ...".
  std::vector<std::string> ask(const std::vector<std::string>& command);
  void send(const std::vector<std::string>& command);
  /// The next line without its end, whatever it is, such as those of MONITOR; nothing when none comes.
  std::optional<std::string> next_line(milliseconds limit);

 private:
  std::string line();
  std::string bytes(std::size_t count);
  void read(std::vector<std::string>& into);

  raw_client client_;
};

/// How to start a server.
struct redis_setup {
  std::string password;                    ///< empty: none is asked for
  bool durable = false;                    ///< every write is on the disk before its answer, and there after a kill -9
  std::vector<std::string> users = {};     ///< by ACL, beside the default one: "me on >secret ~key:* +get"
  std::string certificate = {}, key = {};  ///< PEM files, with which it has a port for TLS too
  std::string client_ca = {};              ///< and whose clients need a certificate of this authority
};

/// A real redis-server in a directory of its own, on a port that stays the same for its life.
class redis_server {
 public:
  explicit redis_server(const redis_setup& how = {});

  const endpoint& where() const { return where_; }
  const endpoint& where_by_tls() const { return where_by_tls_; }
  std::string url() const;
  pid_t pid() const { return process_->pid(); }

  void kill();    ///< -9, and waits for its end
  void freeze();  ///< and waits for it: connections are still made by the kernel, nothing is answered
  void thaw() { process_->signal(SIGCONT); }
  void start();  ///< again, on the same port and directory

  /// One command on a connection of its own.
  std::vector<std::string> ask(const std::vector<std::string>& command) const;
  /// How often a command was carried out, "del".
  std::size_t calls(const std::string& command) const { return count(command, ":calls="); }
  /// How often it was refused before it was carried out.
  std::size_t rejected(const std::string& command) const { return count(command, "rejected_calls="); }
  /// Connections of our client.
  std::size_t clients() const;

 private:
  std::size_t count(const std::string& command, const std::string& what) const;

  redis_setup how_;
  temp_dir directory_;
  reserved_port reserved_, reserved_by_tls_;
  endpoint where_{"127.0.0.1", reserved_.number()}, where_by_tls_{"127.0.0.1", reserved_by_tls_.number()};
  std::optional<child_process> process_;
};

/// A Sentinel that watches a server.
class redis_sentinel {
 public:
  explicit redis_sentinel(const redis_server& primary);

  const endpoint& where() const { return where_; }

 private:
  temp_dir directory_;
  reserved_port reserved_;
  endpoint where_{"127.0.0.1", reserved_.number()};
  std::optional<child_process> process_;
};

/// Why no server can be started and what to do, or "".
std::string redis_missing();

}  // namespace sundown::test
