#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/keys.hpp>
#include <sundown/service.hpp>
#include <sundown/task.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace orders {

struct settings {
  int page = 50;
  std::chrono::milliseconds delay{0};
  std::string api_key;
};

/// What is ordered, in memory. close() says how many orders it has seen.
class ledger {
 public:
  explicit ledger(const settings& given) : given_(given) {}

  sundown::task<sundown::http::response> place(const sundown::http::request& order);
  sundown::http::response list() const;
  std::size_t size() const;
  boost::asio::awaitable<void> close();

 private:
  const settings given_;
  mutable std::mutex mutex_;
  std::vector<std::string> orders_;
};

/// The service's name, its keys and its parts: all that main() gives to sundown::run(), and a test to its harness.
sundown::program identity();
sundown::keys<settings> keys();
void build(sundown::service& app, const settings& given);

}  // namespace orders
