#include "storage/mongodb/client.hpp"

#include "storage/mongodb/driver.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace sundown::storage {

mongo_client::mongo_client(const mongo_options& options, blocking_pool& pool, mongo_listener listener,
                           mongo_preparation prepare)
    : limit_(options.timeout),
      pool_(pool),
      keeper_(options, pool.threads(), gate_, std::move(listener), std::move(prepare)) {}

mongo_client::~mongo_client() = default;

// It may have waited in the queue while the deployment went down.
mongo_client::loan::loan(mongo_client& from) : from_(from), refused_(from.keeper_.down()) {
  if (refused_) return;
  auto borrowed = from_.keeper_.borrow(from_.limit_);
  if (borrowed)
    connection_ = std::move(*borrowed);
  else
    refused_ = borrowed.error();
}

mongo_client::loan::~loan() {
  if (connection_) from_.keeper_.give_back(std::move(connection_));
}

/// What to answer a caller who gave up: `timed_out` if it was by our limit, `canceled` if by his own will.
error mongo_client::given_up(error how, asio::cancellation_type by_caller, std::chrono::milliseconds limit) {
  if (by_caller == asio::cancellation_type::none) {
    return {errc::timed_out, "no answer within " + std::to_string(limit.count()) + " ms; " + how.detail};
  }
  return how;
}

std::string mongo_client::waiting_for() const {
  if (auto operations = gate_.describe("operation"); !operations.empty()) return operations;
  return closing_ && !keeper_.ended() ? "sessions to end" : "";
}

std::string mongo_client::omitted() const {
  return keeper_.how_it_ended() == mongo_keeper::goodbye::omitted ? "endSessions: the server was down" : "";
}

asio::awaitable<void> mongo_client::close() {
  gate_.shut();
  closing_ = true;
  const result<void> idle = co_await gate_.async_empty(pool_.executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " still under way");
  const result<void> ended = co_await keeper_.async_end(pool_.executor(), asio::use_awaitable);
  if (!ended) throw boost::system::system_error(asio::error::operation_aborted, "sessions are still being ended");
  if (keeper_.how_it_ended() == mongo_keeper::goodbye::unanswered)
    throw boost::system::system_error(asio::error::timed_out, "the server does not answer");
}

}  // namespace sundown::storage
