#pragma once

#include "support/testing.hpp"
#include "wire/tls_client.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sundown::test {

/// Clients that ask without pause and retry nothing: GET and POST, on connections that they keep and on new ones. Ends
/// with the object.
class load {
 public:
  /// `each`: clients of each of the four kinds. They start in the network namespace of the calling thread.
  enum class wire { clear, tls };
  load(endpoint where, std::size_t each, wire over = wire::clear);
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load();

  /// Lets every client finish the request it is at.
  void stop();

  std::size_t answered() const { return answered_; }
  std::size_t failed() const;
  /// How requests failed, and how often each.
  std::string failures() const;

 private:
  template <class Client>
  void begin(std::size_t each);
  template <class Client>
  void keep(const std::string& request);
  template <class Client>
  void renew(const std::string& request);
  /// False if the connection is not to be used again.
  template <class Client>
  bool ask_once(Client& client, const std::string& request);
  bool connect(raw_client& client);
  bool connect(tls_client& client);
  void fail(const std::string& how);

  const endpoint where_;
  std::atomic<bool> over_{false};
  std::atomic<std::size_t> answered_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> failures_;
  std::vector<std::thread> clients_;
};

}  // namespace sundown::test
