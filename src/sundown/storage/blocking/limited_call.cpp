#include <sundown/detail/limited_call.hpp>

namespace sundown::detail {

error given_up(error how, asio::cancellation_type by_caller, std::chrono::milliseconds limit) {
  if (by_caller != asio::cancellation_type::none) return how;
  return {errc::timed_out, "no answer within " + std::to_string(limit.count()) + " ms; " + how.detail};
}

}  // namespace sundown::detail
